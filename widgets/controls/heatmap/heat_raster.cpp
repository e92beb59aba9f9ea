#include "widgets/controls/heatmap/heat_raster.h"

#include "widgets/controls/heatmap/heat_palette.h"

#include <algorithm>
#include <cstring>

namespace busbar::controls {

namespace {

constexpr double kPatternsFromPx = 3, kGapsFromPx = 6;
constexpr int kHatchPx = 7, kFineHatchPx = 4, kDotPx = 3;

} // namespace

QRect HeatRaster::update(const HeatScene& scene, const HeatCamera& camera, HeatLevel level) {
    m_changed = {};
    m_table = &scene.table();
    const bool all = m_look != scene.lookVersion() || !(m_camera == camera) || m_level != level || m_image.size() != camera.viewport();
    if (all) startOver(scene, camera, level);
    for (std::uint32_t site = 0; site < scene.siteCount(); ++site) {
        for (std::uint32_t chunk = 0; chunk < scene.nodes(site).chunkCount(); ++chunk) {
            if (m_seen[site][chunk] == scene.chunkVersion(site, chunk)) continue;
            m_seen[site][chunk] = scene.chunkVersion(site, chunk);
            paintChunk(scene, site, chunk);
        }
    }
    return all ? m_image.rect() : m_changed & m_image.rect();
}

void HeatRaster::startOver(const HeatScene& scene, const HeatCamera& camera, HeatLevel level) {
    m_look = scene.lookVersion();
    m_camera = camera;
    m_level = level;
    m_patterned = level != HeatLevel::gpu || camera.cellPx() >= kPatternsFromPx;
    m_edges.known = false;
    if (m_image.size() != camera.viewport()) m_image = QImage(camera.viewport(), QImage::Format_Indexed8);
    m_image.setColorTable(heatColours(m_patterned));
    m_image.fill(heat::kGround);
    m_bits = m_image.bits();
    m_stride = m_image.bytesPerLine();
    m_seen.assign(scene.siteCount(), {});
    for (std::uint32_t site = 0; site < scene.siteCount(); ++site) m_seen[site].assign(scene.nodes(site).chunkCount(), 0);
}

void HeatRaster::paintChunk(const HeatScene& scene, std::uint32_t site, std::uint32_t chunk) {
    const items::SiteBlock& block = scene.layout().sites()[site];
    const HeatNodes& nodes = scene.nodes(site);
    std::uint32_t begin = nodes.firstNode(chunk);
    const std::uint32_t end = nodes.firstNode(chunk + 1);
    // The node before may reach into this chunk.
    if (begin > 0 && block.spots[begin - 1].firstRow + block.spots[begin - 1].gpus > chunk * store::kChunkRows) --begin;
    std::uint32_t last = UINT32_MAX;
    for (std::uint32_t node = begin; node < end; ++node) {
        const std::uint32_t rack = block.spots[node].rack;
        if (m_level <= HeatLevel::node) {
            paintNode(scene, site, node);
        } else if (m_level == HeatLevel::rack && rack != last) {
            last = rack;
            const items::RackBox& box = block.racks[rack];
            paintBox(box.box, scene.worstOf(site, &block.order[box.firstNode], box.nodeCount));
        } else if (m_level == HeatLevel::row && block.racks[rack].strip != last) {
            last = block.racks[rack].strip;
            const items::StripBox& strip = block.strips[last];
            const std::uint32_t from = block.racks[strip.firstRack].firstNode;
            const items::RackBox& lastRack = block.racks[strip.firstRack + strip.rackCount - 1];
            const HeatScene::Worst worst = scene.worstOf(site, &block.order[from], lastRack.firstNode + lastRack.nodeCount - from);
            for (const items::StripBox& piece : std::ranges::equal_range(block.strips, strip.firstRack, {}, &items::StripBox::firstRack)) paintBox(piece.box, worst);
        }
    }
}

int HeatRaster::bottomOf(int y, int units) const {
    // With room for it, a line of exactly one pixel parts the nodes; below that, whatever rounding leaves.
    const int top = m_camera.pixelY(y);
    const bool gap = items::kLineUnits * m_camera.scale() >= 3;
    return std::max(top + 1, gap ? m_camera.pixelY(y + units) - 1 : m_camera.pixelY(y + units - 1));
}

const std::array<int, items::kMostGpusPerLine + 1>& HeatRaster::edgesAt(int x) {
    if (!m_edges.known || m_edges.x != x) {
        for (std::size_t slot = 0; slot < m_edges.px.size(); ++slot) m_edges.px[slot] = m_camera.pixelX(x + static_cast<int>(slot) * items::kCellUnits);
        m_edges.x = x;
        m_edges.known = true;
    }
    return m_edges.px;
}

void HeatRaster::paintNode(const HeatScene& scene, std::uint32_t site, std::uint32_t node) {
    const items::SiteBlock& block = scene.layout().sites()[site];
    const items::NodeSpot& spot = block.spots[node];
    const items::Box box = scene.layout().nodeBox(site, node);
    if (m_camera.pixelY(spot.y) >= m_image.height() || m_camera.pixelY(box.bottom() + 1) < 0) return;
    const auto& edges = edgesAt(spot.x);
    if (edges.front() >= m_image.width() || edges[static_cast<std::size_t>(block.gpusPerLine)] < 0) return;
    if (spot.gpus == 0 || m_level == HeatLevel::node) {
        paintBox(box, scene.worstOf(site, &node, 1));
        return;
    }
    std::array<std::uint8_t, kMostGpusPerNode> indices;
    scene.indicesOf(site, node, indices.data());
    const bool old = (scene.nodes(site).flags(node) & HeatNodes::old) != 0;
    for (int line = 0; line < spot.lines; ++line) {
        const int first = line * block.gpusPerLine, count = std::min(block.gpusPerLine, spot.gpus - first);
        paintLine(indices.data() + first, count, block.gpusPerLine, spot.x, spot.y + line * items::kLineUnits, old);
    }
}

void HeatRaster::paintLine(const std::uint8_t* indices, int count, int perLine, int x, int y, bool old) {
    const auto& edges = edgesAt(x);
    const int left = edges.front(), right = std::max(left + 1, edges[static_cast<std::size_t>(perLine)]);
    m_line.assign(static_cast<std::size_t>(right - left), heat::kGround);
    const int gap = m_camera.cellPx() >= kGapsFromPx ? 1 : 0;
    bool patterns = old;
    for (int slot = 0; slot < count; ++slot) {
        const auto at = static_cast<std::size_t>(slot);
        patterns = patterns || !heat::isValue(indices[slot]);
        const int begin = std::min(edges[at], right - 1), end = std::max(begin + 1, edges[at + 1] - gap);
        for (int px = begin; px < end; ++px) {
            // Cells below a pixel share it: the worst one shows.
            std::uint8_t& pixel = m_line[static_cast<std::size_t>(px - left)];
            pixel = pixel == heat::kGround ? indices[slot] : m_table->worse(indices[slot], pixel);
        }
    }
    writeRows(left, right, m_camera.pixelY(y), bottomOf(y, items::kLineUnits), patterns, old);
}

void HeatRaster::paintBox(const items::Box& box, const HeatScene::Worst& worst) {
    const int left = m_camera.pixelX(box.x), right = std::max(left + 1, m_camera.pixelX(box.right()));
    const int top = m_camera.pixelY(box.y);
    const int bottom = box.height < items::kLineUnits ? bottomOf(box.y, items::kLineUnits) : std::max(top + 1, m_camera.pixelY(box.bottom()));
    if (left >= m_image.width() || right < 0 || top >= m_image.height() || bottom < 0) return;
    m_line.assign(static_cast<std::size_t>(right - left), worst.index);
    writeRows(left, right, top, bottom, worst.old || !heat::isValue(worst.index), worst.old);
    if (worst.empty) paintOutline(QRect(QPoint(left, top), QPoint(right - 1, bottom - 1)));
}

void HeatRaster::paintOutline(const QRect& rect) {
    const QRect inside = rect & m_image.rect();
    for (int y = inside.top(); y <= inside.bottom(); ++y) {
        const bool edge = y == rect.top() || y == rect.bottom();
        std::uint8_t* row = m_bits + y * m_stride;
        for (int x = inside.left(); x <= inside.right(); ++x)
            if ((edge || x == rect.left() || x == rect.right()) && ((x - rect.left() + y - rect.top()) & 1) == 0) row[x] = heat::kAbsentLine;
    }
}

void HeatRaster::writeRows(int left, int right, int top, int bottom, bool patterns, bool old) {
    const int from = std::max(left, 0), to = std::min(right, m_image.width());
    if (from >= to) return;
    m_changed |= QRect(QPoint(from, top), QPoint(to - 1, bottom - 1));
    for (int y = std::max(top, 0); y < std::min(bottom, m_image.height()); ++y) {
        std::uint8_t* row = m_bits + y * m_stride;
        std::memcpy(row + from, m_line.data() + (from - left), static_cast<std::size_t>(to - from));
        if (!patterns) continue;
        // Patterns hang on the world, so that they stay in place when it is moved.
        const int worldX = m_camera.offset().x(), worldY = y + m_camera.offset().y();
        for (int x = from; x < to; ++x) {
            const auto diagonal = static_cast<unsigned>(x + worldX + worldY + (1 << 20));
            if (row[x] == heat::kNotRead && m_patterned && diagonal % kFineHatchPx == 0) row[x] = heat::kNotReadLine;
            else if (row[x] == heat::kNotSupported && m_patterned && (x + worldX) % kDotPx == 0 && worldY % kDotPx == 0) row[x] = heat::kDot;
            else if (old && heat::isValue(row[x]) && diagonal % kHatchPx == 0) row[x] = heat::kStaleLine;
        }
    }
}

} // namespace busbar::controls
