//! The plot of hit ratios: the difference of each policy to LRU.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::plot::color;
use super::ratios::grouped;
use crate::functions::ratio::SIZES;
use crate::peer::Peer;
use crate::ratio::Source;
use crate::results::Results;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const SIZE: (u32, u32) = (860, 500);

/// The height of the legend.
const LEGEND: u32 = 36;

/// The policies that have bars.
const BARS: [Peer; 3] = [Peer::FunctoolsAdaptive, Peer::QuickCache, Peer::Moka];

/// The width of a bar. The bars of one source and size are 1 apart from the next.
const WIDTH: f64 = 0.26;

/// One source at one size.
struct Group {
    title: String,
    /// LRU's hit ratio, in per cent.
    lru: f64,
    /// The points of each policy above it.
    points: [f64; 3],
}

/// Draws the hit ratios, if they were measured. The ground is white, so that the plot is readable
/// on a dark page, too.
pub(crate) fn plot(results: &Results, path: &Path) -> anyhow::Result<()> {
    let Some(panels) = Source::ALL.into_iter().map(|source| panel(source, results)).collect()
    else {
        return Ok(());
    };
    let panels: Vec<(Source, Vec<Group>)> = panels;
    let points = || panels.iter().flat_map(|(_, groups)| groups).flat_map(|group| group.points);
    let low = points().fold(0.0, f64::min).floor() - 1.0;
    let high = points().fold(0.0, f64::max).ceil() + 1.0;

    let ground = SVGBackend::new(path, SIZE).into_drawing_area();
    ground.fill(&WHITE)?;
    let title = "Hit ratio beside LRU, in percentage points (higher is better)";
    let ground = ground.titled(title, ("sans-serif", 22))?;
    let (top, bottom) = ground.split_vertically(SIZE.1 - LEGEND - 32);
    for (area, (source, groups)) in top.split_evenly((1, panels.len())).iter().zip(&panels) {
        draw_panel(area, *source, groups, low..high)?;
    }
    draw_legend(&bottom)?;
    ground.present()?;
    Ok(())
}

fn panel(source: Source, results: &Results) -> Option<(Source, Vec<Group>)> {
    let group = |entries| {
        let hits = |peer| results.hit_ratio(source, entries, peer).map(|hits| hits * 100.0);
        let lru = hits(Peer::Functools)?;
        let [adaptive, quick_cache, moka] = BARS.map(hits);
        let points = [adaptive? - lru, quick_cache? - lru, moka? - lru];
        Some(Group { title: grouped(entries as u64), lru, points })
    };
    let groups: Option<_> = SIZES.into_iter().map(|(entries, _)| group(entries)).collect();
    Some((source, groups?))
}

#[expect(clippy::cast_precision_loss, reason = "three groups")]
fn draw_panel(
    area: &Area<'_>,
    source: Source,
    groups: &[Group],
    range: std::ops::Range<f64>,
) -> anyhow::Result<()> {
    let lowest = range.start;
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .caption(source.name(), ("sans-serif", 17))
        .y_label_area_size(32)
        .x_label_area_size(40)
        .build_cartesian_2d(-0.5..groups.len() as f64 - 0.5, range)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .max_light_lines(0)
        .bold_line_style(BLACK.mix(0.12))
        .label_style(("sans-serif", 13))
        .y_label_formatter(&signed)
        .draw()?;
    for (position, group) in groups.iter().enumerate() {
        let middle = position as f64;
        for (bar, points) in group.points.into_iter().enumerate() {
            let left = middle + (bar as f64 - 1.5) * WIDTH;
            let corners = [(left, 0.0), (left + WIDTH, points)];
            chart.draw_series([Rectangle::new(corners, color(BARS[bar]).filled())])?;
        }
        draw_title(area, chart.backend_coord(&(middle, lowest)), group)?;
    }
    let zero = [(-0.5, 0.0), (groups.len() as f64 - 0.5, 0.0)];
    chart.draw_series([PathElement::new(zero, BLACK.stroke_width(1))])?;
    Ok(())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the type that plotters targets")]
fn signed(points: &f64) -> String {
    if points.abs() < 0.5 { "0".to_owned() } else { format!("{points:+.0}") }
}

/// The number of entries and LRU's hit ratio, below the bars.
fn draw_title(area: &Area<'_>, below: (i32, i32), group: &Group) -> anyhow::Result<()> {
    let (left, top) = area.get_base_pixel();
    let (x, y) = (below.0 - left, below.1 - top);
    let style = ("sans-serif", 13).into_font().color(&BLACK).pos(Pos::new(HPos::Center, VPos::Top));
    area.draw(&Text::new(group.title.clone(), (x, y + 6), style.clone()))?;
    let grey = BLACK.mix(0.6);
    let style = style.color(&grey);
    area.draw(&Text::new(format!("{:.0} %", group.lru), (x, y + 22), style))?;
    Ok(())
}

fn draw_legend(area: &Area<'_>) -> anyhow::Result<()> {
    let text = ("sans-serif", 15).into_font().color(&BLACK).pos(Pos::new(HPos::Left, VPos::Center));
    for (x, peer) in (20..).step_by(180).zip(BARS) {
        area.draw(&Rectangle::new([(x, 8), (x + 16, 24)], color(peer).filled()))?;
        area.draw(&Text::new(peer.name(), (x + 24, 16), text.clone()))?;
    }
    area.draw(&Text::new("below the bars: entries, LRU's hit ratio", (560, 16), text))?;
    Ok(())
}
