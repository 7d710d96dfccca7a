//! Positions a second and core, each way: SK-42 Gauss–Krüger by EPSG:15865, and UTM. `cargo bench -p geodesy`.
//!
//! Prints `name points seconds sum-of-x sum-of-y`; `bench/convert_vs_pyproj.sh` sets PROJ beside it.

use std::hint::black_box;

use geodesy::CrsCode;
use geodesy::crs::Transform;

fn main() {
    let is_small = std::env::var("HOMEGROUND_BENCH_SIZE").is_ok_and(|size| size == "small");
    let n = if is_small { 10_000 } else { 5_000_000 };
    for (name, code, origin, operation) in [
        ("gauss_kruger", 28408, [8_400_000.0, 4_400_000.0], Some(15865)),
        ("utm", 32638, [400_000.0, 4_400_000.0], None),
    ] {
        let there = Transform::new(CrsCode(code), CrsCode::WGS_84, operation).expect("it is in the table");
        let back = Transform::new(CrsCode::WGS_84, CrsCode(code), operation).expect("it is in the table");
        let mut points: Vec<[f64; 2]> = (0..n).map(|at| at_of(origin, at)).collect();
        for (way, direction) in [(&there, "to_wgs84"), (&back, "from_wgs84")] {
            let begin = cpu_seconds();
            for point in &mut points {
                *point = way.apply(black_box(*point)).expect("it has an image");
            }
            let seconds = cpu_seconds() - begin;
            let [x, y] = points.iter().fold([0.0, 0.0], |sum, point| [sum[0] + point[0], sum[1] + point[1]]);
            println!("{name}_{direction} {n} {seconds:.3} {x:.6} {y:.6}");
        }
    }
}

/// CPU seconds of this thread so far, by the kernel's own account.
fn cpu_seconds() -> f64 {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").expect("benches measure on Linux");
    let nanoseconds = account.split_whitespace().next().and_then(|first| first.parse::<f64>().ok());
    nanoseconds.expect("schedstat begins with nanoseconds") / 1e9
}

/// Points of a square of 200 km.
fn at_of([x, y]: [f64; 2], at: usize) -> [f64; 2] {
    [x + (at % 1000) as f64 * 200.0, y + (at / 1000 % 1000) as f64 * 200.0]
}
