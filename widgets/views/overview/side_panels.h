// The right column of the overview: what happened last, which nodes need a person, which actions run. GUI thread only.
#pragma once

#include "store/action_book.h"
#include "store/fleet_tally.h"
#include "widgets/views/overview/list_panel.h"

class QListView;

namespace busbar::views {

class ActionListModel;

class SidePanels : public QWidget {
    Q_OBJECT
public:
    explicit SidePanels(QWidget* parent = nullptr);
    void setTally(const store::FleetTallyResult& tally, std::int64_t nowWallMs);
    void setActions(const store::ActionsPtr& actions);

    ListPanel& eventsPanel() { return *m_events; }
    ListPanel& urgentPanel() { return *m_urgent; }

Q_SIGNALS:
    void nodeOpened(const QString& id);
    void queryRequested(const QString& text);
    void actionOpened(const QString& id);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void showEvents();
    void showUrgent(const store::FleetTallyResult& tally, std::int64_t nowWallMs);
    void shareHeight();

    ListPanel* m_events;
    ListPanel* m_urgent;
    Surface* m_actionsPanel;
    Line* m_actionsHead;
    Paragraph* m_noActions;
    ActionListModel* m_actionModel;
    QListView* m_actions;
    std::vector<store::Happening> m_happenings;
    std::uint32_t m_eventCount = 0;
    int m_shownEvents = 8;
};

} // namespace busbar::views
