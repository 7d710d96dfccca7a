-- What is loaded, repaired and indexed is not counted. Planar in EPSG:6933, which keeps areas.
CREATE EXTENSION postgis;
CREATE UNLOGGED TABLE line (kind text, id text, day date, class text, reported float8, wkt text);
\copy line FROM pstdin
CREATE UNLOGGED TABLE ground AS
  SELECT row_number() OVER ()::int AS n, kind, id, day, class, reported,
         ST_CollectionExtract(ST_MakeValid(ST_Transform(ST_GeomFromText(wkt, 4326), 6933)), 3) AS geom
  FROM line;
CREATE UNLOGGED TABLE hazard AS SELECT n, day, geom FROM ground WHERE kind = 'hazard_area';
CREATE UNLOGGED TABLE unit AS SELECT n, geom FROM ground WHERE kind = 'place';
CREATE UNLOGGED TABLE release AS
  SELECT n, day, array_position(ARRAY['CANCELLED', 'REDUCED', 'CLEARED'], class) AS rank, reported, geom
  FROM ground WHERE kind = 'release_product';
CREATE INDEX ON hazard USING gist (geom);
CREATE INDEX ON unit USING gist (geom);
CREATE INDEX ON release USING gist (geom);
CREATE FUNCTION erase(state geometry, ground geometry, release geometry) RETURNS geometry
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ST_Difference(coalesce(state, ground), release) $$;
CREATE AGGREGATE erased(geometry, geometry) (SFUNC = erase, STYPE = geometry);
VACUUM ANALYZE;
