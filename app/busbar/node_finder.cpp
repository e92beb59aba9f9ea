#include "busbar/node_finder.h"

#include "busbar/view_ref.h"
#include "widgets/views/parts/text.h"

#include <algorithm>
#include <cctype>

namespace busbar::console {

namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool holds(std::string_view text, std::string_view lowered) {
    return std::search(text.begin(), text.end(), lowered.begin(), lowered.end(), [](char a, char b) { return lower(a) == b; }) != text.end();
}

views::PaletteObject nodeObject(const store::SiteSnapshot& site, std::uint32_t node) {
    const QString id = views::toQt(site.site()) + QLatin1Char('/') + views::toQt(site.nodeName(node));
    const QString detail = QStringLiteral("node \u00b7 rack %1 U%2 \u00b7 %3 \u00d7 %4").arg(views::toQt(site.rack(node))).arg(site.unit(node)).arg(site.gpuCount(node)).arg(views::toQt(site.model(node)));
    return {id, detail, printViewRef({view_id::kNode, id, {}})};
}

} // namespace

std::vector<views::PaletteObject> findObjects(const store::FleetSnapshot& fleet, const QString& typed, int limit) {
    std::string lowered = typed.toStdString();
    std::ranges::transform(lowered, lowered.begin(), lower);
    // "pdx1/n01" looks at the site pdx1 alone.
    const auto slash = lowered.find('/');
    const std::string_view inSite = slash == std::string::npos ? std::string_view() : std::string_view(lowered).substr(0, slash);
    const std::string_view name = slash == std::string::npos ? std::string_view(lowered) : std::string_view(lowered).substr(slash + 1);
    std::vector<views::PaletteObject> found;
    const auto full = [&] { return static_cast<int>(found.size()) >= limit; };
    for (const store::SitePtr& site : fleet.sites) {
        const QString siteName = views::toQt(site->site());
        if (!full() && inSite.empty() && holds(site->site(), name)) found.push_back({siteName, QStringLiteral("site \u00b7 %1").arg(views::countOf(site->nodeCount(), QStringLiteral("node"))), QStringLiteral("site:") + siteName});
        if (!inSite.empty() && !holds(site->site(), inSite)) continue;
        for (std::uint32_t node = 0; node < site->nodeCount() && !full(); ++node)
            if (holds(site->nodeName(node), name)) found.push_back(nodeObject(*site, node));
    }
    return found;
}

} // namespace busbar::console
