// The overview over a made-up fleet that changes each second, to look at: `overview` has 14 sites of which one is stale, `overview-two` two
// like the demo, `overview-states` a site in each state of its link.
#pragma once

#include "tests/support/synthetic_fleet.h"

#include <QObject>

#include <memory>

namespace busbar::items {
class NodeSelection;
}
namespace busbar::views {
class MainFrame;
class OverviewView;
} // namespace busbar::views

namespace busbar::samples {

class OverviewSample : public QObject {
    Q_OBJECT
public:
    explicit OverviewSample(const QString& what);
    views::OverviewView* view() const { return m_view; }
    void start(views::MainFrame& frame);

private:
    void step(std::int64_t nowMs);
    store::FleetPtr fleetNow(std::int64_t nowMs, bool tick);

    QString m_what;
    test::SyntheticFleet m_fleet;
    std::vector<std::unique_ptr<store::FleetStore>> m_others; ///< sites without data
    items::NodeSelection* m_selection;
    views::OverviewView* m_view;
    store::FleetPtr m_newest;
};

} // namespace busbar::samples
