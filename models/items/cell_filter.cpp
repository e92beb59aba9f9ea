#include "items/cell_filter.h"

#include "store/query/query.h"

#include <cmath>

namespace busbar::items {
namespace {

CellTerm wordTerm(std::string_view field, std::string_view word) { return {query::termOf(field, word), query::termOf(field, word, true)}; }

/// Numbers change from second to second: "at least this" is what people look for.
CellTerm fromHere(std::string_view field, double value, std::string_view unit) {
    const std::string test = fmt::format("{}>={}{}", field, std::llround(std::floor(value)), unit);
    return {test, "-" + test};
}

std::optional<CellTerm> leaseTerm(NodeColumn column, const NodeAt& at) {
    const LeasesOfNode of = leasesOf(at.site, at.node);
    if (!of.leases.empty()) return wordTerm(infoOf(column).field, column == NodeColumn::lease ? of.leases.front()->id : of.leases.front()->tenant);
    if (of.unknown || at.site.facts(at.node).occupancy == Occupancy::unknown) return std::nullopt;
    return wordTerm("occupancy", toString(at.site.facts(at.node).occupancy));
}

} // namespace

std::optional<CellTerm> termOfCell(NodeColumn column, const NodeAt& at) {
    const std::string_view field = infoOf(column).field;
    const QVariant raw = cellRaw(column, at);
    switch (column) {
    case NodeColumn::gpus:
    case NodeColumn::utilisation:
    case NodeColumn::power: return std::nullopt;
    case NodeColumn::lease:
    case NodeColumn::tenant: return leaseTerm(column, at);
    case NodeColumn::mark:
        if (raw.toInt() == 0) return std::nullopt;
        return wordTerm(field, std::to_string(raw.toInt()));
    case NodeColumn::state:
    case NodeColumn::service:
    case NodeColumn::occupancy:
    case NodeColumn::health:
    case NodeColumn::link: return wordTerm(field, cellText(column, at).toStdString()); // "unknown" is a value of these
    case NodeColumn::temperature: return raw.isValid() ? std::optional(fromHere(field, raw.toDouble(), "C")) : std::nullopt;
    case NodeColumn::age:
        if (at.site.facts(at.node).link == Link::connected) return CellTerm{"age<3s", "-age<3s"}; // kAgentLateAfterMs: all that is known
        return raw.isValid() ? std::optional(fromHere(field, raw.toDouble(), "s")) : std::nullopt;
    default: break;
    }
    if (!raw.isValid() || field.empty()) return std::nullopt;
    return wordTerm(field, infoOf(column).number ? std::to_string(std::llround(raw.toDouble())) : raw.toString().toStdString());
}

} // namespace busbar::items
