// The 48 px band: where we are, the query, the clock, how old the data are, what needs a person, what runs, who we are. The clock, the age,
// the counts and the actions never hide; under 1600 px the breadcrumb shortens. GUI thread only.
#pragma once

#include "widgets/views/frame/frame_facts.h"
#include "widgets/views/parts/surface.h"

namespace busbar::views {

class TopBand : public Surface {
    Q_OBJECT
public:
    explicit TopBand(QWidget* parent = nullptr);

    void setFacts(const FrameFacts& facts);
    /// Last is where we are; the others are links.
    void setBreadcrumb(const QStringList& crumbs);
    QStringList breadcrumb() const { return m_crumbs; }
    void setQueryWidget(QWidget* query);
    void setUser(const QString& user);

Q_SIGNALS:
    void crumbActivated(int index);
    /// A count was clicked: 1..3.
    void priorityActivated(int priority);
    void actionsActivated();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* addBox(QWidget* content, int stretch = 0);
    void showCrumbs();
    void showActions(const FrameFacts& facts);
    void showAge(const FrameFacts& facts);

    QStringList m_crumbs;
    Line* m_crumbLine;
    Surface* m_queryBox;
    Line* m_clock;
    Line* m_local;
    Line* m_age;
    Line* m_stale;
    Line* m_counts;
    Line* m_running;
    Line* m_waiting;
    Line* m_user;
};

} // namespace busbar::views
