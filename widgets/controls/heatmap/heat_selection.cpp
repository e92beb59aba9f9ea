#include "widgets/controls/heatmap/heat_selection.h"

#include <QImage>
#include <QPainter>

#include <algorithm>

namespace busbar::controls {

bool HeatSelection::update(const HeatScene& scene, const items::NodeSelection& selection) {
    if (m_known && m_selection == selection.version() && m_look == scene.lookVersion()) return false;
    m_known = true;
    m_selection = selection.version();
    m_look = scene.lookVersion();
    m_nodes.assign(scene.siteCount(), {});
    for (const std::string& id : selection.ids()) {
        const auto slash = id.find('/');
        for (std::uint32_t site = 0; site < scene.siteCount(); ++site) {
            const store::SiteSnapshot& snapshot = *scene.fleet().sites[site];
            if (id.compare(0, slash, snapshot.site()) != 0) continue;
            const std::uint32_t node = snapshot.findNode(std::string_view(id).substr(slash + 1));
            if (node < snapshot.nodeCount()) m_nodes[site].push_back(node);
        }
    }
    for (auto& nodes : m_nodes) std::ranges::sort(nodes);
    return true;
}

bool HeatSelection::contains(std::uint32_t site, std::uint32_t node) const { return site < m_nodes.size() && std::ranges::binary_search(m_nodes[site], node); }

std::vector<std::string> nodesInLasso(const HeatScene& scene, const HeatCamera& camera, const QPolygon& lasso) {
    std::vector<std::string> ids;
    const QRect bounds = lasso.boundingRect() & QRect(QPoint(), camera.viewport());
    if (bounds.isEmpty()) return ids;
    // Asking a picture of the lasso costs the same for each node, however many corners it has.
    QImage mask(bounds.size(), QImage::Format_Grayscale8);
    mask.fill(0);
    QPainter painter(&mask);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Qt::white);
    painter.drawPolygon(lasso.translated(-bounds.topLeft()));
    painter.end();
    for (std::uint32_t site = 0; site < scene.siteCount(); ++site) {
        const items::SiteBlock& block = scene.layout().sites()[site];
        for (const items::RackBox& rack : block.racks) {
            if (!bounds.intersects(camera.pixels(rack.box).adjusted(-1, -1, 1, 1))) continue;
            for (std::uint32_t i = rack.firstNode; i < rack.firstNode + rack.nodeCount; ++i) {
                const QPoint centre = camera.pixels(scene.layout().nodeBox(site, block.order[i])).center() - bounds.topLeft();
                if (mask.rect().contains(centre) && mask.constScanLine(centre.y())[centre.x()] != 0) ids.push_back(items::nodeId(*scene.fleet().sites[site], block.order[i]));
            }
        }
    }
    return ids;
}

std::vector<std::string> nodesOfCell(const HeatScene& scene, HeatLevel level, std::uint32_t site, std::uint32_t node) {
    const store::SiteSnapshot& snapshot = *scene.fleet().sites[site];
    if (level <= HeatLevel::node) return {items::nodeId(snapshot, node)};
    const items::SiteBlock& block = scene.layout().sites()[site];
    const items::StripBox& strip = scene.layout().stripOf(site, node);
    const bool row = level == HeatLevel::row;
    const std::uint32_t first = row ? strip.firstRack : block.spots[node].rack, count = row ? strip.rackCount : 1;
    std::vector<std::string> ids;
    for (std::uint32_t rack = first; rack < first + count; ++rack)
        for (std::uint32_t i = block.racks[rack].firstNode; i < block.racks[rack].firstNode + block.racks[rack].nodeCount; ++i) ids.push_back(items::nodeId(snapshot, block.order[i]));
    return ids;
}

} // namespace busbar::controls
