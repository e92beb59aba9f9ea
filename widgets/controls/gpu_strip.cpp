#include "widgets/controls/gpu_strip.h"

#include "items/node_values.h"
#include "widgets/controls/marks.h"
#include "widgets/controls/theme.h"

#include <QPainter>

#include <algorithm>

namespace busbar::controls {

namespace {

constexpr double kPitch = 9;
constexpr double kCellHeight = 11;
constexpr double kGap = 1.6;
constexpr double kUnderline = 2.4;

} // namespace

void paintGpuStrip(QPainter& painter, const QRectF& area, const store::SiteSnapshot& site, std::uint32_t node) {
    const int gpus = site.gpuCount(node);
    if (gpus <= 0) return;
    const auto value = [&site](Metric metric, std::uint32_t row) { return site.value(metric, row); };
    const auto colours = ramp();
    const double pitch = std::min(kPitch, area.width() / gpus);
    const double top = area.center().y() - kCellHeight / 2;
    const QPen edge(tone(Tone::secondary), 0.8);
    for (int gpu = 0; gpu < gpus; ++gpu) {
        const std::uint32_t row = site.firstRow(node) + static_cast<std::uint32_t>(gpu);
        const QRectF cell(area.left() + gpu * pitch + 0.5, top, std::max(1.0, pitch - kGap), kCellHeight);
        const std::int64_t utilisation = items::utilisationOfGpu(value, row);
        const auto occupancy = static_cast<Occupancy>(value(Metric::occupancy, row));
        const bool hollow = utilisation >= 0 && utilisation < store::kBusyFromPercent && occupancy == Occupancy::free;
        painter.setPen(hollow || utilisation < 0 ? edge : QPen(Qt::NoPen));
        painter.setBrush(hollow || utilisation < 0 ? QBrush(Qt::NoBrush) : QBrush(QColor(colours[static_cast<std::size_t>(std::clamp<std::int64_t>(utilisation, 0, kRampTop))])));
        painter.drawRect(cell);
        if (utilisation < 0) paintHatch(painter, cell);
        const std::int64_t health = value(Metric::health, row);
        if (health < static_cast<std::int64_t>(Health::watch)) continue;
        painter.fillRect(QRectF(cell.left(), cell.bottom() - 0.4, cell.width(), kUnderline), tone(health == static_cast<std::int64_t>(Health::watch) ? Tone::p3 : Tone::p2));
    }
}

} // namespace busbar::controls
