//! The plot of the cost of a hit, by the number of threads.

use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::cases::{DRAWN, THREADS};
use crate::peer::Peer;
use crate::results::{Cell, Results};

const SIZE: (u32, u32) = (860, 480);

/// The width of the legend.
const LEGEND: u32 = 230;

/// One crate: nanoseconds at each number of threads.
struct Line {
    peer: Peer,
    ns: Vec<f64>,
}

impl Line {
    fn end(&self) -> f64 {
        self.ns[self.ns.len() - 1]
    }

    fn style(&self) -> ShapeStyle {
        color(self.peer).stroke_width(if self.peer == Peer::Functools { 4 } else { 2 })
    }
}

/// Returns the colour of a peer in every plot. Most are those of Okabe and Ito, which colour-blind
/// readers can distinguish.
pub(super) fn color(peer: Peer) -> RGBColor {
    match peer {
        Peer::Functools => RGBColor(213, 94, 0),
        Peer::FunctoolsAdaptive => RGBColor(240, 160, 100),
        Peer::FunctoolsThread => RGBColor(230, 159, 0),
        Peer::Cached => RGBColor(0, 114, 178),
        Peer::CachedConcurrent => RGBColor(86, 180, 233),
        Peer::Memoize => RGBColor(0, 158, 115),
        Peer::MemoizeThread => RGBColor(120, 200, 150),
        Peer::QuickCache => RGBColor(204, 121, 167),
        Peer::Moka => RGBColor(70, 70, 70),
        _ => RGBColor(150, 150, 150),
    }
}

/// Draws the cost of a hit, if it was measured. The ground is white, so that the plot is readable
/// on a dark page, too. The legend has the order of the lines' ends.
pub(crate) fn plot(results: &Results, path: &Path) -> anyhow::Result<()> {
    let lines = lines(results);
    let all = || lines.iter().flat_map(|line| line.ns.iter().copied());
    let (Some(low), Some(high)) = (all().reduce(f64::min), all().reduce(f64::max)) else {
        return Ok(());
    };
    let range = low * 0.8..high * 1.25;
    let cores = std::thread::available_parallelism()?;

    let ground = SVGBackend::new(path, SIZE).into_drawing_area();
    ground.fill(&WHITE)?;
    let ground = ground
        .titled("Cost of a hit, u64 → u64, 1,024 keys (lower is better)", ("sans-serif", 22))?;
    let (left, right) = ground.split_horizontally(SIZE.0 - LEGEND);
    let mut chart = ChartBuilder::on(&left)
        .margin(12)
        .x_label_area_size(52)
        .y_label_area_size(66)
        .build_cartesian_2d(
            (0.9..4.4).log_scale().with_key_points(THREADS.map(f64::from).to_vec()),
            range.clone().log_scale().with_key_points(round_numbers(&range)),
        )?;
    chart
        .configure_mesh()
        .max_light_lines(0)
        .bold_line_style(BLACK.mix(0.12))
        .x_desc(format!("threads that call the same function, on {cores} cores"))
        .y_desc("ns per call and thread, log scale")
        .axis_desc_style(("sans-serif", 16))
        .label_style(("sans-serif", 15))
        .x_label_formatter(&whole)
        .y_label_formatter(&whole)
        .draw()?;
    for line in &lines {
        let points =
            || THREADS.iter().map(|&threads| f64::from(threads)).zip(line.ns.iter().copied());
        chart.draw_series(LineSeries::new(points(), line.style()))?;
        chart
            .draw_series(points().map(|point| Circle::new(point, 4, color(line.peer).filled())))?;
    }
    legend(&lines, &right)?;
    ground.present()?;
    Ok(())
}

/// Returns the numbers 1, 2, 5, 10, 20, 50 and so on within the range.
fn round_numbers(range: &Range<f64>) -> Vec<f64> {
    let digits = |power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power));
    (0..6).flat_map(digits).filter(|number| range.contains(number)).collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the type that plotters demands")]
fn whole(number: &f64) -> String {
    format!("{number:.0}")
}

fn lines(results: &Results) -> Vec<Line> {
    let ns = |peer, threads| {
        results.summary(Cell { case: DRAWN, peer, threads }, |cost| cost.ns).map(|ns| ns.median)
    };
    let line = |peer| {
        let ns = THREADS.iter().map(|&threads| ns(peer, threads)).collect::<Option<_>>()?;
        Some(Line { peer, ns })
    };
    let mut lines: Vec<Line> = Peer::ALL.into_iter().filter_map(line).collect();
    lines.sort_by(|one, other| other.end().total_cmp(&one.end()));
    lines
}

fn legend(lines: &[Line], area: &DrawingArea<SVGBackend<'_>, Shift>) -> anyhow::Result<()> {
    let text = ("sans-serif", 17).into_font().color(&BLACK).pos(Pos::new(HPos::Left, VPos::Center));
    for (y, line) in (40..).step_by(28).zip(lines) {
        area.draw(&PathElement::new([(8, y), (36, y)], line.style()))?;
        area.draw(&Circle::new((22, y), 4, color(line.peer).filled()))?;
        area.draw(&Text::new(line.peer.name(), (44, y), text.clone()))?;
    }
    Ok(())
}
