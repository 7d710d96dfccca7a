-- The state of the land by PostGIS: chains of differences by an aggregate in a window. The share of a release is what
-- the remaining ground loses; findings are hazards that overlap, ground released twice, ground outside every hazard,
-- and reports that state another area than their polygon has. One day only.
SET work_mem = '512MB';
CREATE UNLOGGED TABLE overlap AS
  SELECT a.n AS first, b.n AS second, greatest(a.day, b.day) AS since, ST_Intersection(a.geom, b.geom) AS geom
  FROM hazard a JOIN hazard b ON a.n < b.n AND ST_Intersects(a.geom, b.geom);
CREATE UNLOGGED TABLE piece AS
  SELECT n, 0 AS part, day AS since,
         coalesce(ST_Difference(geom, (SELECT ST_Union(o.geom) FROM overlap o WHERE n IN (o.first, o.second))), geom)
           AS geom
  FROM hazard
  UNION ALL SELECT first, second, since, geom FROM overlap;
CREATE UNLOGGED TABLE step AS
  SELECT p.n, p.part, r.n AS release, r.rank, erased(p.geom, r.geom) OVER chain AS geom, row_number() OVER chain AS turn,
         count(*) OVER (PARTITION BY p.n, p.part) AS turns
  FROM piece p JOIN release r ON r.day > p.since AND ST_Intersects(p.geom, r.geom)
  WINDOW chain AS (PARTITION BY p.n, p.part ORDER BY r.day, r.rank, r.n ROWS UNBOUNDED PRECEDING);
CREATE UNLOGGED TABLE share AS
  SELECT s.release, s.rank, lag(ST_Area(s.geom), 1, ST_Area(p.geom)) OVER (PARTITION BY s.n, s.part ORDER BY s.turn)
                 - ST_Area(s.geom) AS area
  FROM step s JOIN piece p USING (n, part);
CREATE UNLOGGED TABLE remaining AS
  SELECT n, part, geom FROM step WHERE turn = turns
  UNION ALL SELECT n, part, geom FROM piece p WHERE NOT EXISTS (SELECT FROM step s WHERE (s.n, s.part) = (p.n, p.part));
CREATE UNLOGGED TABLE by_unit AS
  SELECT u.n, sum(CASE WHEN ST_Contains(u.geom, r.geom) THEN ST_Area(r.geom)
                       ELSE ST_Area(ST_Intersection(u.geom, r.geom)) END) AS area
  FROM unit u JOIN remaining r ON ST_Intersects(u.geom, r.geom) GROUP BY u.n;
CREATE UNLOGGED TABLE within AS
  SELECT r.n AS release, r.day > p.since AS counts, ST_Area(ST_Intersection(p.geom, r.geom)) AS area
  FROM piece p JOIN release r ON ST_Intersects(p.geom, r.geom);
CREATE UNLOGGED TABLE found AS
  SELECT r.n, ST_Area(r.geom) AS computed, r.reported, coalesce(w.inside, 0) AS inside,
         coalesce(w.net, 0) - coalesce(s.net, 0) AS twice
  FROM release r
  LEFT JOIN (SELECT release, sum(area) AS inside, sum(area) FILTER (WHERE counts) AS net FROM within GROUP BY release) w
    ON w.release = r.n
  LEFT JOIN (SELECT release, sum(area) AS net FROM share GROUP BY release) s ON s.release = r.n;
SELECT format('findings: shared %s outside %s twice %s reported %s',
              (SELECT count(*) FROM overlap WHERE ST_Area(geom) >= 1), count(*) FILTER (WHERE computed - inside >= 1),
              count(*) FILTER (WHERE twice >= 1), count(*) FILTER (WHERE abs(reported - computed) > 0.02 * computed))
FROM found;
SELECT format('figures: remaining %s cancelled %s reduced %s cleared %s',
              (SELECT round(sum(ST_Area(geom))::numeric, 2) FROM remaining),
              round(coalesce(sum(area) FILTER (WHERE rank = 1), 0)::numeric, 2),
              round(coalesce(sum(area) FILTER (WHERE rank = 2), 0)::numeric, 2),
              round(coalesce(sum(area) FILTER (WHERE rank = 3), 0)::numeric, 2)) FROM share;
SELECT pg_backend_pid() AS pid \gset
\setenv PID :pid
\! awk '/VmHWM/ {printf "peak %.0f\n", $2 / 1024}' /proc/$PID/status
