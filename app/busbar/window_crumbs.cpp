// The breadcrumb and the title of a window.
#include "busbar/window.h"
#include "widgets/views/frame/top_band.h"
#include "widgets/views/parts/text.h"

namespace busbar::console {

namespace {

/// The rack where a node stands; empty until its site has loaded, and for a node that has no place.
QString rackOf(const store::FleetSnapshot& fleet, const QString& site, const QString& name) {
    for (const store::SitePtr& known : fleet.sites) {
        if (views::toQt(known->site()) != site) continue;
        const std::uint32_t node = known->findNode(name.toStdString());
        return node == known->nodeCount() ? QString() : views::toQt(known->rack(node));
    }
    return {};
}

} // namespace

std::vector<Window::Crumb> Window::crumbs() const {
    const ViewRef fleet{view_id::kOverview, {}, {}};
    if (m_live == nullptr) return {{QStringLiteral("Busbar"), fleet}};
    std::vector<Crumb> crumbs{{QStringLiteral("Fleet"), fleet}};
    const auto last = [&](const QString& text) { crumbs.push_back({text, m_where}); };
    if (m_frame->currentView() == view_id::kWelcome) last(QStringLiteral("Open a profile"));
    else if (m_where.view == view_id::kOverview) last(views::countOf(std::ssize(m_live->fleet()->sites), QStringLiteral("site")));
    else if (m_where.view == view_id::kHeatmap) last(QStringLiteral("Heatmap"));
    else if (m_where.view == view_id::kNodes) last(QStringLiteral("Nodes"));
    else if (m_where.view == view_id::kActions) last(QStringLiteral("Actions"));
    if (m_frame->currentView() != view_id::kNode) return crumbs;
    const QString site = views::siteOf(m_where.nodeId.toStdString()), name = views::nameOf(m_where.nodeId.toStdString());
    const std::string inSite = query::termOf("site", site.toStdString());
    crumbs.push_back({site, {view_id::kNodes, {}, views::toQt(inSite)}});
    const QString rack = rackOf(*m_live->fleet(), site, name);
    if (!rack.isEmpty()) crumbs.push_back({rack, {view_id::kNodes, {}, views::toQt(query::joined(inSite, query::termOf("rack", rack.toStdString())))}});
    last(name);
    return crumbs;
}

void Window::showCrumbs() {
    m_crumbs = crumbs();
    QStringList words;
    for (const Crumb& crumb : m_crumbs) words << crumb.text;
    if (words == m_frame->band().breadcrumb()) return;
    m_frame->band().setBreadcrumb(words);
    m_frame->setWindowTitle(words.size() == 1 ? words.first() : words.mid(1).join(QStringLiteral(" \u203a ")) + QStringLiteral(" \u2014 Busbar"));
}

} // namespace busbar::console
