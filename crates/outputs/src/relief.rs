//! A picture of the terrain: bands of altitude under a shade.

use tiny_skia::{ColorU8, Pixmap};

/// A picture of so many pixels, each with its colour; one without is transparent. Cells of the
/// terrain are pixels, the first in the north-west.
pub fn png(width: usize, height: usize, pixel: impl Fn(usize, usize) -> Option<[u8; 3]>) -> Option<Vec<u8>> {
    let mut picture = Pixmap::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?)?;
    for (at, own) in picture.pixels_mut().iter_mut().enumerate() {
        if let Some([r, g, b]) = pixel(at % width, at / width) {
            *own = ColorU8::from_rgba(r, g, b, 255).premultiply();
        }
    }
    picture.encode_png().ok()
}
