// The thin rows of the frame: filter chips and the newest critical event (30 px), the stale bar across the window, the status line (24 px).
// GUI thread only.
#pragma once

#include "domain/node.h"
#include "widgets/views/frame/frame_facts.h"
#include "widgets/views/parts/surface.h"

namespace busbar::views {

class ChipRow : public Surface {
    Q_OBJECT
public:
    explicit ChipRow(QWidget* parent = nullptr);
    /// Canonical query text of each chip; empty: "no filter" with `scope` ("whole fleet").
    void setChips(const QStringList& chips, const QString& scope);
    /// Words at the left instead of chips, as "node 7 of 37".
    void setCaption(const QString& caption, const QStringList& keys);
    /// SIMULATED and REPLAYED shares of what is shown: always visible while there are any.
    void setSources(const FrameFacts& facts);
    /// Newest event of severity 3; nullptr: none.
    void setNewestCritical(const FleetEvent* event, std::int64_t nowWallMs);

Q_SIGNALS:
    void chipRemoved(int index);
    void criticalActivated(const QString& nodeId);

private:
    Line* m_left;
    Line* m_sources;
    Line* m_right;
    QString m_criticalNode;
};

class StaleBar : public Surface {
    Q_OBJECT
public:
    explicit StaleBar(QWidget* parent = nullptr);
    /// Hidden while the sentence is empty.
    void setSentence(const QString& sentence);
    QString sentence() const;

protected:
    void changeEvent(QEvent* event) override;

private:
    void applyTones();
    QLabel* m_label;
};

class StatusLine : public Surface {
    Q_OBJECT
public:
    explicit StatusLine(QWidget* parent = nullptr);
    void setSelection(const QString& text);
    /// What the view on the glass says: "row 9 of 1,284 · 3 ms".
    void setViewText(const QString& text);
    void setHint(const QString& text);
    /// A sentence for 8 s in the place of the hint (why a key did nothing).
    void say(const QString& sentence);
    void setFacts(const FrameFacts& facts);
    QString said() const { return m_said; }

private:
    void show();
    Line* m_left;
    Line* m_right;
    QString m_selection, m_view, m_hint, m_said;
    class QTimer* m_timer;
};

} // namespace busbar::views
