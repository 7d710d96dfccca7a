//! Elevation rasters: ESRI ASCII grids and GeoTIFF, in longitude and latitude, as [`Terrain`].
//!
//! A raster in another system is refused: resampling heights is the work of a GIS, and nothing here guesses.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use geodesy::terrain::Terrain;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

/// Cells at most: 64 MB of heights.
const MOST_CELLS: usize = 16 * 1024 * 1024;

/// Why a file is no elevation raster that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ElevationError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// Not what it should be.
    #[error("{what}; {hint}")]
    Wrong {
        /// What was found.
        what: String,
        /// What to do.
        hint: &'static str,
    },
    /// A TIFF that cannot be decoded.
    #[error("not a TIFF that can be read: {0}")]
    Tiff(#[from] tiff::TiffError),
}

fn wrong(what: impl Into<String>, hint: &'static str) -> ElevationError {
    ElevationError::Wrong { what: what.into(), hint }
}

/// Read a raster: TIFF by its first bytes, else an ASCII grid.
pub fn read(path: &Path) -> Result<Terrain, ElevationError> {
    let bytes = std::fs::read(path)?;
    match bytes.get(..2) {
        Some(b"II" | b"MM") => geotiff(path),
        _ => ascii_grid(&String::from_utf8_lossy(&bytes)),
    }
}

fn sized(width: usize, height: usize) -> Result<usize, ElevationError> {
    let n = width.checked_mul(height).filter(|n| (1..=MOST_CELLS).contains(n));
    n.ok_or_else(|| wrong(format!("{width} × {height} cells"), "cut it to the programme, or make its cells larger"))
}

/// Everything that a raster must be, whatever its format.
fn checked(terrain: Terrain) -> Result<Terrain, ElevationError> {
    let [west, south, east, north] = terrain.bounds();
    let is_degrees = west >= -180.0 && east <= 180.0 && south >= -90.0 && north <= 90.0;
    let is_grid = terrain.cell.iter().all(|size| size.is_finite() && *size > 0.0);
    if !is_grid || !is_degrees {
        let what = format!("it reaches from {west} to {east} and from {south} to {north}");
        return Err(wrong(what, "bring it to longitude and latitude (EPSG:4326) first, for instance with gdalwarp"));
    }
    Ok(terrain)
}

/// `ncols`, `nrows`, `xllcorner` or `xllcenter`, `yllcorner` or `yllcenter`, `cellsize`, `NODATA_value`, then the rows.
fn ascii_grid(text: &str) -> Result<Terrain, ElevationError> {
    const HINT: &str = "an ESRI ASCII grid begins with ncols, nrows, xllcorner, yllcorner, cellsize and NODATA_value";
    let mut words = text.split_ascii_whitespace().peekable();
    let mut head = std::collections::BTreeMap::new();
    while let Some(word) = words.next_if(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_nan(word)) {
        let value = words.next().and_then(|value| value.parse::<f64>().ok());
        let value = value.ok_or_else(|| wrong(format!("{word} has no number behind it"), HINT))?;
        head.insert(word.to_ascii_lowercase(), value);
    }
    let get = |name: &str| head.get(name).copied();
    let need = |name: &str| get(name).ok_or_else(|| wrong(format!("{name} is missing"), HINT));
    let (width, height) = (need("ncols")? as usize, need("nrows")? as usize);
    let n = sized(width, height)?;
    let cell = need("cellsize")?;
    let edge = |corner: &str, centre: &str| match (get(corner), get(centre)) {
        (Some(at), _) => Ok(at),
        (None, Some(at)) => Ok(at - cell / 2.0),
        (None, None) => Err(wrong(format!("{corner} is missing"), HINT)),
    };
    let (west, south) = (edge("xllcorner", "xllcenter")?, edge("yllcorner", "yllcenter")?);
    let nothing = get("nodata_value");
    let mut metres = Vec::with_capacity(n);
    for word in words {
        let value = word.parse::<f64>().map_err(|_| wrong(format!("{word:?} is no height"), "heights are numbers"))?;
        metres.push(if Some(value) == nothing { f32::NAN } else { value as f32 });
    }
    if metres.len() != n {
        return Err(wrong(format!("{} heights for {width} × {height} cells", metres.len()), "copy the file again"));
    }
    checked(Terrain { corner: [west, south + cell * height as f64], cell: [cell, cell], width, height, metres })
}

fn is_nan(word: &str) -> bool {
    word.eq_ignore_ascii_case("nan")
}

/// GeoTIFF (OGC 19-008r4) of one band, north up, in a geographic system.
fn geotiff(path: &Path) -> Result<Terrain, ElevationError> {
    const GDAL_NODATA: u16 = 42113;
    const GEOGRAPHIC: u16 = 2;
    const MODEL_TYPE: u16 = 1024;
    const RASTER_TYPE: u16 = 1025;
    const PIXEL_IS_POINT: u16 = 2;
    let limits = Limits::default();
    let mut decoder = Decoder::new(BufReader::new(File::open(path)?))?.with_limits(limits);
    let (width, height) = decoder.dimensions()?;
    let (width, height) = (width as usize, height as usize);
    let n = sized(width, height)?;
    let no_place =
        |_| wrong("it does not say where it lies", "a GeoTIFF with ModelPixelScale and ModelTiepoint is wanted");
    let scale = decoder.get_tag_f64_vec(Tag::ModelPixelScaleTag).map_err(no_place)?;
    let tie = decoder.get_tag_f64_vec(Tag::ModelTiepointTag).map_err(no_place)?;
    let (&[sx, sy, ..], &[i, j, _, x, y, ..]) = (&scale[..], &tie[..]) else {
        return Err(wrong("its place is not that of a grid", "north up, without rotation, is wanted"));
    };
    let keys = decoder.get_tag_u16_vec(Tag::GeoKeyDirectoryTag).unwrap_or_default();
    let key = |wanted: u16| keys.get(4..)?.chunks_exact(4).find(|key| key[0] == wanted).map(|key| key[3]);
    if key(MODEL_TYPE).is_some_and(|model| model != GEOGRAPHIC) {
        return Err(wrong(
            "its coordinates are not longitude and latitude",
            "bring it to EPSG:4326 first, for instance with gdalwarp",
        ));
    }
    let half = if key(RASTER_TYPE) == Some(PIXEL_IS_POINT) { 0.5 } else { 0.0 };
    let nothing = decoder.get_tag_ascii_string(Tag::Unknown(GDAL_NODATA)).ok();
    let nothing = nothing.and_then(|text| text.trim_end_matches('\0').trim().parse::<f64>().ok());
    let values: Vec<f64> = match decoder.read_image()? {
        DecodingResult::U8(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::U16(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::U32(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::I8(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::I16(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::I32(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::F32(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::F64(v) => v,
        _ => return Err(wrong("its heights are of a type that is not read", "save them as 16-bit or 32-bit numbers")),
    };
    if values.len() != n {
        return Err(wrong("it has more than one band", "heights are one band"));
    }
    let metres = values.into_iter().map(|value| if Some(value) == nothing { f32::NAN } else { value as f32 }).collect();
    let corner = [x - (i + half) * sx, y + (j + half) * sy];
    checked(Terrain { corner, cell: [sx, sy], width, height, metres })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(text: &str) -> Result<Terrain, String> {
        ascii_grid(text).map_err(|why| why.to_string())
    }

    const HEAD: &str = "ncols 2\nnrows 2\nxllcorner 45\nyllcorner 39\ncellsize 0.5\nNODATA_value -9999\n";

    #[test]
    fn an_ascii_grid_lies_north_up_and_its_gaps_are_gaps() {
        let terrain = grid(&format!("{HEAD}100 200\n300 -9999\n")).unwrap();
        assert_eq!(terrain.bounds(), [45.0, 39.0, 46.0, 40.0]);
        assert_eq!(terrain.at([45.1, 39.9]), Some(100.0));
        assert_eq!(terrain.at([45.1, 39.1]), Some(300.0));
        assert_eq!(terrain.at([45.9, 39.1]), None);
    }

    #[test]
    fn what_is_wrong_with_a_grid_is_said() {
        expect_test::expect![[r#"
            3 heights for 2 × 2 cells; copy the file again
            "x" is no height; heights are numbers
            nrows is missing; an ESRI ASCII grid begins with ncols, nrows, xllcorner, yllcorner, cellsize and NODATA_value
            it reaches from 588000 to 588001 and from 39 to 40; bring it to longitude and latitude (EPSG:4326) first, for instance with gdalwarp
        "#]]
        .assert_eq(
            &[
                format!("{HEAD}1 2 3"),
                format!("{HEAD}1 2 3 x"),
                "ncols 2 1 2".to_owned(),
                format!("{}1 2 3 4", HEAD.replace("45", "588000")),
            ]
            .map(|text| grid(&text).unwrap_err() + "\n")
            .concat(),
        );
    }

    #[test]
    fn a_geotiff_says_what_the_grid_says() {
        use tiff::encoder::{TiffEncoder, colortype::Gray16};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heights.tif");
        let mut encoder = TiffEncoder::new(File::create(&path).unwrap()).unwrap();
        let mut image = encoder.new_image::<Gray16>(2, 2).unwrap();
        let place = image.encoder();
        place.write_tag(Tag::ModelPixelScaleTag, &[0.5, 0.5, 0.0][..]).unwrap();
        place.write_tag(Tag::ModelTiepointTag, &[0.0, 0.0, 0.0, 45.0, 40.0, 0.0][..]).unwrap();
        place.write_tag(Tag::GeoKeyDirectoryTag, &[1_u16, 1, 0, 1, 1024, 0, 1, 2][..]).unwrap();
        place.write_tag(Tag::Unknown(42113), "0").unwrap();
        image.write_data(&[100, 200, 300, 0]).unwrap();
        let terrain = read(&path).unwrap();
        assert_eq!(terrain.bounds(), [45.0, 39.0, 46.0, 40.0]);
        assert_eq!([terrain.at([45.1, 39.9]), terrain.at([45.9, 39.1])], [Some(100.0), None]);
    }
}
