#include "items/node_selection.h"

#include <algorithm>

namespace busbar::items {

NodeSelection::NodeSelection(QObject* parent) : QObject(parent) {}

std::string nodeId(const store::SiteSnapshot& site, std::uint32_t node) {
    std::string id = site.site();
    id += '/';
    id += site.nodeName(node);
    return id;
}

void NodeSelection::setFleet(const store::FleetPtr& fleet) {
    std::vector<std::uint64_t> versions;
    for (const auto& site : fleet->sites) versions.push_back(site->identityVersion());
    if (versions == m_identityVersions) return;
    m_identityVersions = std::move(versions);
    QStringList gone;
    for (const auto& site : fleet->sites) {
        if (site->state() != store::SiteState::live) continue;
        const std::string prefix = site->site() + '/';
        for (auto it = m_ids.begin(); it != m_ids.end();) {
            const bool here = it->compare(0, prefix.size(), prefix) == 0;
            if (here && site->findNode(std::string_view(*it).substr(prefix.size())) >= site->nodeCount()) {
                gone += QString::fromStdString(*it);
                it = m_ids.erase(it);
            } else {
                ++it;
            }
        }
    }
    if (gone.isEmpty()) return;
    gone.sort();
    bump();
    Q_EMIT vanished(gone);
}

bool NodeSelection::contains(const store::SiteSnapshot& site, std::uint32_t node) const { return !m_ids.empty() && m_ids.count(nodeId(site, node)) > 0; }

std::vector<std::string> NodeSelection::ids() const {
    std::vector<std::string> sorted(m_ids.begin(), m_ids.end());
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

void NodeSelection::clear() {
    if (m_ids.empty()) return;
    m_ids.clear();
    bump();
}

void NodeSelection::set(const std::vector<std::string>& ids) {
    std::unordered_set<std::string> wanted(ids.begin(), ids.end());
    if (wanted == m_ids) return;
    m_ids = std::move(wanted);
    bump();
}

void NodeSelection::add(const std::vector<std::string>& ids) {
    const std::size_t before = m_ids.size();
    m_ids.insert(ids.begin(), ids.end());
    if (m_ids.size() != before) bump();
}

void NodeSelection::remove(const std::vector<std::string>& ids) {
    const std::size_t before = m_ids.size();
    for (const std::string& id : ids) m_ids.erase(id);
    if (m_ids.size() != before) bump();
}

void NodeSelection::toggle(const std::string& id) {
    if (m_ids.erase(id) == 0) m_ids.insert(id);
    bump();
}

void NodeSelection::bump() {
    ++m_version;
    Q_EMIT changed();
}

} // namespace busbar::items
