// The overview (L1): all sites worst first, what is free and what earns nothing, how the fleet is used, what happened, who needs a person,
// which actions run. Roll-ups come with the snapshots; everything that needs a look at each node or GPU is a FleetTally, computed on a
// thread of its own at most once a second. The trends are the console's own, since it watches: the screen says since when. GUI thread only.
#pragma once

#include "items/fleet_trends.h"
#include "items/site_model.h"
#include "items/tally_watch.h"
#include "store/action_book.h"
#include "widgets/views/parts/fleet_view.h"

class QStackedLayout;

namespace busbar::views {

class Paragraph;
class SidePanels;
class SitesPanel;
class TallyPanels;

class OverviewView : public FleetView {
    Q_OBJECT
public:
    /// `trends` is shared by all windows of a console, so that a new window knows what the first has seen; nullptr: the view's own.
    explicit OverviewView(items::NodeSelection& selection, std::shared_ptr<items::FleetTrends> trends = nullptr, QWidget* parent = nullptr);

    void setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) override;
    /// The overview always shows the whole fleet; a filter is named in its head.
    void setQuery(const query::QueryPtr& query, const QString& text) override;
    void setActions(const store::ActionsPtr& actions);

Q_SIGNALS:
    /// Show this action ("site/ULID").
    void actionOpened(const QString& id);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeBody();
    void connectPanels();
    void arrange();
    void sayStatus();

    std::shared_ptr<items::FleetTrends> m_trends;
    items::SiteModel* m_model;
    items::TallyWatch* m_tally;
    SitesPanel* m_sites = nullptr;
    TallyPanels* m_panels = nullptr;
    SidePanels* m_side = nullptr;
    QStackedLayout* m_stack = nullptr;
    Paragraph* m_noSite = nullptr;
    std::int64_t m_nowMs = 0, m_trendShownMs = 0;
};

} // namespace busbar::views
