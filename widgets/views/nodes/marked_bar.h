// Foot of the node table while nodes are marked: how many and whose, chips, and what can be done with them. Starts nothing itself.
// GUI thread only.
#pragma once

#include "domain/action.h"
#include "items/node_selection.h"
#include "store/fleet_snapshot.h"
#include "widgets/views/nodes/selection_facts.h"
#include "widgets/views/parts/surface.h"

#include <functional>

namespace busbar::views {

class MarkedBar : public Surface {
    Q_OBJECT
public:
    static constexpr int kHeight = 76;
    /// `selection` outlives the bar.
    explicit MarkedBar(items::NodeSelection& selection, QWidget* parent = nullptr);

    void setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs);
    /// Why a verb cannot be planned at a site; empty when it can.
    void setOffReason(std::function<QString(const QString&, Verb)> offReason);

Q_SIGNALS:
    void openWanted();
    void heatmapWanted();
    void planWanted(busbar::Verb verb);
    /// Which verb is still to be asked.
    void verbsWanted();
    void nodeWanted(const QString& id);

private:
    void build();
    void refresh();
    void showChips(const std::vector<std::string>& ids);
    void showReasons();
    QStringList reasonsOf(Verb verb) const;

    items::NodeSelection& m_selection;
    store::FleetPtr m_fleet;
    std::int64_t m_nowWallMs = 0;
    std::function<QString(const QString&, Verb)> m_offReason;
    SelectionFacts m_facts;
    Line *m_summary, *m_chips, *m_reason;
    Button *m_open, *m_heatmap, *m_drain, *m_return, *m_plan, *m_clear;
};

} // namespace busbar::views
