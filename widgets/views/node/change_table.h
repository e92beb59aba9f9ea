// Below the strips: "changed most in 14:19–14:32", four metrics a row. GUI thread only.
#pragma once

#include "widgets/views/node/changed_most.h"
#include "widgets/views/parts/look.h"

#include <QString>
#include <QWidget>

namespace busbar::views {

class ChangeTable : public QWidget {
    Q_OBJECT
public:
    explicit ChangeTable(QWidget* parent = nullptr);
    /// `title` says which stretch against which time; empty: how to mark one.
    void setChanges(const QString& title, std::vector<MetricChange> changes);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_title;
    std::vector<MetricChange> m_changes;
};

/// Samples of the two lines with their words: "― SM active 0–100 %".
class StripLegend : public QWidget {
    Q_OBJECT
public:
    explicit StripLegend(QWidget* parent = nullptr);
    void setWords(const QString& line, const QString& area);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_line, m_area;
};

} // namespace busbar::views
