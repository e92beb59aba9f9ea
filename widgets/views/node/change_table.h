// Below the strips: "Changed most in 14:19–14:32", up to four metrics a row. GUI thread only.
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
    /// `title` says which stretch, `against` what it is compared with, `hint` how to choose another.
    void setChanges(const QString& title, const QString& against, const QString& hint, std::vector<MetricChange> changes);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_title, m_against, m_hint;
    std::vector<MetricChange> m_changes;
};

/// Samples of the two lines and the band with their words: "― SM active 0–100 %".
class StripLegend : public QWidget {
    Q_OBJECT
public:
    explicit StripLegend(QWidget* parent = nullptr);
    /// `band`: words of the grey band; empty: there is none.
    void setWords(const QString& line, const QString& area, const QString& band);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_line, m_area, m_band;
};

} // namespace busbar::views
