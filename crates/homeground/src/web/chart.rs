//! Charts as SVG, each drawn twice: for a wide window and for a phone, so that its letters stay readable.
//! Nothing is told by colour alone; the numbers stand in a table beside.

use std::fmt::Write;

use jiff::ToSpan;
use jiff::civil::Date;
use ledger::{Day, Figures};
use maud::{Markup, html};

use super::ground::Look;
use super::quantity::{Unit, grouped};

/// The days a chart spans, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

impl Span {
    /// From the first change to the day shown or the day on which it is asked, whichever is later.
    pub fn of(daily: &[(Day, Figures)], day: Day, today: Day) -> Option<Span> {
        let from = daily.first()?.0;
        let to = day.max(today).max(Day(from.0 + 1));
        Some(Span { from: from.min(day), to })
    }

    fn days(self) -> f64 {
        f64::from(self.to.0 - self.from.0).max(1.0)
    }

    fn share(self, day: Day) -> f64 {
        f64::from(day.0 - self.from.0) / self.days()
    }
}

/// Figures on a day: those of the last change before it.
pub fn figures_on(daily: &[(Day, Figures)], day: Day) -> Figures {
    let next = daily.partition_point(|(on, _)| *on <= day);
    next.checked_sub(1).map(|last| daily[last].1).unwrap_or_default()
}

struct Frame {
    class: &'static str,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

const WIDE: Frame =
    Frame { class: "chart wide", width: 1080.0, height: 280.0, left: 84.0, right: 12.0, top: 12.0, bottom: 28.0 };
const NARROW: Frame =
    Frame { class: "chart narrow", width: 340.0, height: 220.0, left: 68.0, right: 8.0, top: 12.0, bottom: 28.0 };

impl Frame {
    fn plot_width(&self) -> f64 {
        self.width - self.left - self.right
    }

    fn plot_height(&self) -> f64 {
        self.height - self.top - self.bottom
    }

    fn y(&self, value: f64, scale: &Scale) -> f64 {
        self.top + self.plot_height() * (1.0 - value / scale.top)
    }
}

/// The vertical axis: round steps.
struct Scale {
    top: f64,
    step: f64,
    digits: usize,
}

impl Scale {
    fn up_to(largest: f64) -> Scale {
        let rough = (largest / 4.0).max(f64::MIN_POSITIVE);
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough * 0.999_999);
        let step = step.unwrap_or(10.0 * power);
        let digits = (-(step.log10() + 1e-9).floor()).clamp(0.0, 6.0) as usize;
        let digits = if step / 10_f64.powi(-(digits as i32)) % 1.0 > 1e-6 { digits + 1 } else { digits };
        Scale { top: step * (largest / step).ceil().max(1.0), step, digits }
    }

    fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        let n = (self.top / self.step).round() as usize;
        (0..=n).map(|i| i as f64 * self.step)
    }
}

/// Area by class over time, stacked, with a mark on the day shown.
pub fn ground_over_time(daily: &[(Day, Figures)], span: Span, mark: Option<Day>, unit: Unit, title: &str) -> Markup {
    let total = |f: &Figures| Look::ALL.iter().map(|look| look.share(&f.footprint).m2()).sum::<f64>();
    let largest = daily.iter().filter(|(day, _)| *day <= span.to).map(|(_, f)| total(f)).fold(0.0, f64::max);
    let scale = Scale::up_to((largest / unit.m2()).max(1.0));
    html! {
        @for frame in [&WIDE, &NARROW] {
            svg class=(frame.class) viewBox=(format!("0 0 {} {}", frame.width, frame.height)) role="img" aria-label=(title) {
                (y_axis(frame, &scale))
                @for band in bands(daily, span, frame.plot_width() as usize) {
                    path fill=(band.look.fill()) d=(band.path(|x| frame.left + x, |y| frame.y(y / unit.m2(), &scale))) {
                        title { (band.look.word()) ", " (band.look.meaning()) }
                    }
                }
                (x_axis(frame, span))
                @if let Some(day) = mark {
                    @let x = fixed(frame.left + span.share(day) * frame.plot_width());
                    path.today d=(format!("M{x} {}V{}", frame.top, frame.height - frame.bottom)) { title { (day) } }
                }
            }
        }
    }
}

/// The same, without axes, to be stretched under a slider.
pub fn track(daily: &[(Day, Figures)], span: Span) -> Markup {
    const WIDTH: usize = 1000;
    const HEIGHT: f64 = 56.0;
    let bands = bands(daily, span, WIDTH);
    let largest = bands.first().map_or(1.0, |band| band.high.iter().map(|p| p.1).fold(1.0, f64::max));
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            @for band in &bands {
                path fill=(band.look.fill()) d=(band.path(|x| x, |y| HEIGHT * (1.0 - 0.95 * y / largest))) {}
            }
        }
    }
}

/// The years under a slider, at their places.
pub fn years(span: Span) -> Markup {
    html! {
        svg.years aria-hidden="true" focusable="false" {
            @for (day, label) in ticks_of(span, 12) {
                @let share = span.share(day) * 100.0;
                @let anchor = if share > 96.0 { "end" } else if share < 4.0 { "start" } else { "middle" };
                text x=(format!("{share:.2}%")) y="12" text-anchor=(anchor) { (label) }
            }
        }
    }
}

/// One class of a stacked chart: where it begins and ends, by pixel column.
struct Band {
    look: Look,
    low: Vec<(f64, f64)>,
    high: Vec<(f64, f64)>,
}

/// Stacked classes, one sample a pixel column at most; the topmost first.
fn bands(daily: &[(Day, Figures)], span: Span, columns: usize) -> Vec<Band> {
    let mut bands: Vec<Band> =
        Look::ALL.into_iter().map(|look| Band { look, low: Vec::new(), high: Vec::new() }).collect();
    let day_of = |x: usize| Day(span.from.0 + (x as f64 * span.days() / columns as f64).round() as i32);
    let mut last = None;
    for x in 0..=columns {
        let footprint = figures_on(daily, day_of(x)).footprint;
        let is_step = last.replace(footprint) != Some(footprint);
        if !is_step && x != columns {
            continue;
        }
        let mut sum = 0.0;
        for band in &mut bands {
            let low = sum;
            sum += band.look.share(&footprint).m2();
            push_step(&mut band.low, (x as f64, low));
            push_step(&mut band.high, (x as f64, sum));
        }
    }
    bands.reverse();
    bands
}

/// A step: level until here, then up or down.
fn push_step(line: &mut Vec<(f64, f64)>, point: (f64, f64)) {
    if let Some(last) = line.last().copied().filter(|last| last.1 != point.1) {
        line.push((point.0, last.1));
    }
    line.push(point);
}

impl Band {
    fn path(&self, x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64) -> String {
        let mut path = String::new();
        let points = self.high.iter().chain(self.low.iter().rev());
        for (i, point) in points.enumerate() {
            let command = if i == 0 { 'M' } else { 'L' };
            write!(path, "{command}{} {}", fixed(x(point.0)), fixed(y(point.1))).expect("writing to a string");
        }
        path.push('Z');
        path
    }
}

fn fixed(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn y_axis(frame: &Frame, scale: &Scale) -> Markup {
    html! {
        @for tick in scale.ticks() {
            @let y = fixed(frame.y(tick, scale));
            path.grid d=(format!("M{} {y}H{}", frame.left, frame.width - frame.right)) {}
            text x=(frame.left - 8.0) y=(y) dy="4" text-anchor="end" { (grouped(tick, scale.digits)) }
        }
    }
}

fn x_axis(frame: &Frame, span: Span) -> Markup {
    let base = frame.height - frame.bottom;
    let most = if frame.width > 600.0 { 12 } else { 5 };
    html! {
        path.axis d=(format!("M{} {base}H{}", frame.left, frame.width - frame.right)) {}
        @for (day, label) in ticks_of(span, most) {
            @let x = fixed(frame.left + span.share(day) * frame.plot_width());
            path.axis d=(format!("M{x} {base}v5")) {}
            text x=(x) y=(base + 20.0) text-anchor="middle" { (label) }
        }
    }
}

/// Firsts of years, or of months if the span is short, at most so many.
fn ticks_of(span: Span, most: usize) -> Vec<(Day, String)> {
    let (from, to) = (span.from.date(), span.to.date());
    let years = i32::from(to.year()) - i32::from(from.year());
    if years < 2 {
        return months_of(from, to, 3).map(|m| (m.into(), m.strftime("%Y-%m").to_string())).take(most).collect();
    }
    let every = (1..).find(|every| (years / every) < most as i32).unwrap_or(1);
    let first = i32::from(from.year()) + 1;
    (first..=i32::from(to.year()))
        .filter(|year| year % every == 0)
        .filter_map(|year| Date::new(i16::try_from(year).ok()?, 1, 1).ok())
        .map(|date| (date.into(), date.year().to_string()))
        .collect()
}

/// Firsts of months, every so many, within the days given.
fn months_of(from: Date, to: Date, every: i8) -> impl Iterator<Item = Date> {
    let next = |date: &Date| date.first_of_month().checked_add(1.month()).ok();
    std::iter::successors(next(&from), next)
        .take_while(move |date| *date <= to)
        .filter(move |date| (date.month() - 1) % every == 0)
}

/// Days at which a table of a long series stops: ends of quarters, or of years where there would be too many.
pub fn table_days(span: Span) -> Vec<Day> {
    const MOST: usize = 40;
    let (from, to) = (span.from.date(), span.to.date());
    let ends = |every| months_of(from, to, every).map(|first| Day::from(first).before()).collect::<Vec<_>>();
    let mut days = ends(3);
    if days.len() > MOST {
        days = months_of(from, to, 12).map(|first| Day::from(first).before()).collect();
    }
    if days.last() != Some(&span.to) {
        days.push(span.to);
    }
    days
}

/// One series of a chart of lines: numbers by year, a line where nothing breaks it.
pub struct Line {
    /// What it is.
    pub label: String,
    /// Year, number, and whether the line breaks before it.
    pub points: Vec<(i64, f64, bool)>,
}

/// Dashes by which lines are told apart, besides their place in the legend; the first is whole.
const DASHES: [&str; 5] = ["", "8 4", "2 4", "10 3 2 3", "4 8"];

/// Numbers by year as lines; a gap where a series breaks, a dot for every number.
pub fn lines(lines: &[Line], title: &str) -> Markup {
    let points = || lines.iter().flat_map(|line| &line.points);
    let largest = points().map(|point| point.1).fold(1.0, f64::max);
    let (Some(first), Some(last)) = (points().map(|p| p.0).min(), points().map(|p| p.0).max()) else { return html! {} };
    let scale = Scale::up_to(largest);
    let share = |year: i64| if last > first { (year - first) as f64 / (last - first) as f64 } else { 0.5 };
    html! {
        @for frame in [&WIDE, &NARROW] {
            @let x = |year: i64| frame.left + 8.0 + share(year) * (frame.plot_width() - 16.0);
            @let base = frame.height - frame.bottom;
            @let most = if frame.width > 600.0 { 12 } else { 4 };
            @let every = ((last - first) / most + 1).max(1);
            svg class=(frame.class) viewBox=(format!("0 0 {} {}", frame.width, frame.height)) role="img" aria-label=(title) {
                (y_axis(frame, &scale))
                path.axis d=(format!("M{} {base}H{}", frame.left, frame.width - frame.right)) {}
                @for year in (first..=last).filter(|year| (year - first) % every == 0) {
                    text x=(fixed(x(year))) y=(base + 20.0) text-anchor="middle" { (year) }
                }
                @for (at, line) in lines.iter().enumerate() {
                    path.line stroke-dasharray=(DASHES[at % DASHES.len()]) d=(line_path(line, &|year| x(year), &|value| frame.y(value, &scale))) { title { (line.label) } }
                    @for (year, value, _) in &line.points {
                        circle.dot cx=(fixed(x(*year))) cy=(fixed(frame.y(*value, &scale))) r="2.5" { title { (line.label) ", " (year) ": " (grouped(*value, 0)) } }
                    }
                    @for (year, ..) in line.points.iter().filter(|point| point.2) {
                        path.today d=(format!("M{} {}V{base}", fixed(x(*year)), frame.top)) { title { (line.label) " breaks at " (year) } }
                    }
                }
            }
        }
        ul.legend {
            @for (at, line) in lines.iter().enumerate() {
                li {
                    svg.chart-key viewBox="0 0 32 12" aria-hidden="true" focusable="false" { path.line stroke-dasharray=(DASHES[at % DASHES.len()]) d="M0 6H32" {} }
                    span { (line.label) }
                }
            }
        }
    }
}

fn line_path(line: &Line, x: &dyn Fn(i64) -> f64, y: &dyn Fn(f64) -> f64) -> String {
    let mut path = String::new();
    for (i, (year, value, breaks)) in line.points.iter().enumerate() {
        let command = if i == 0 || *breaks { 'M' } else { 'L' };
        write!(path, "{command}{} {}", fixed(x(*year)), fixed(y(*value))).expect("writing to a string");
    }
    path
}

/// One bar: its label, its height, where it leads.
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// How high.
    pub value: f64,
    /// The entries behind it.
    pub href: String,
}

/// Counts as bars, equally wide.
pub fn bars(bars: &[Bar], title: &str) -> Markup {
    let largest = bars.iter().map(|bar| bar.value).fold(1.0, f64::max);
    let mut scale = Scale::up_to(largest);
    if scale.step < 1.0 {
        scale = Scale { top: largest.ceil(), step: 1.0, digits: 0 };
    }
    html! {
        @for frame in [&WIDE, &NARROW] {
            svg class=(frame.class) viewBox=(format!("0 0 {} {}", frame.width, frame.height)) role="group" aria-label=(title) {
                (y_axis(frame, &scale))
                @let step = frame.plot_width() / bars.len().max(1) as f64;
                @let most = if frame.width > 600.0 { 12 } else { 4 };
                @let every = bars.len().div_ceil(most).max(1);
                @for (i, bar) in bars.iter().enumerate() {
                    @let x = frame.left + step * i as f64;
                    @let y = frame.y(bar.value, &scale);
                    @if bar.value > 0.0 {
                        a href=(bar.href) aria-label=(format!("{}: {}", bar.label, bar.value)) {
                            rect.bar x=(fixed(x + step * 0.1)) y=(fixed(y)) width=(fixed((step * 0.8).max(1.0))) height=(fixed(frame.height - frame.bottom - y)) {
                                title { (bar.label) ": " (bar.value) }
                            }
                        }
                    }
                    @if i % every == 0 && x + step / 2.0 < frame.width - frame.right - 24.0 {
                        text x=(fixed(x + step / 2.0)) y=(frame.height - frame.bottom + 20.0) text-anchor="middle" { (bar.label) }
                    }
                }
                path.axis d=(format!("M{} {}H{}", frame.left, frame.height - frame.bottom, frame.width - frame.right)) {}
            }
        }
    }
}
