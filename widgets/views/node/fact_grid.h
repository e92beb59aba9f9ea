// Names and values in two columns of pairs (in one where it is narrow), as in the lease panel of design/mock/4-node.png. Values that do not fit are cut and stand
// whole in the tooltip. GUI thread only.
#pragma once

#include "widgets/views/parts/look.h"

#include <QString>
#include <QVector>
#include <QWidget>

namespace busbar::views {

struct FactPair {
    QString name, value;
    QString tip;
    bool operator==(const FactPair&) const = default;
};

class FactGrid : public QWidget {
    Q_OBJECT
public:
    explicit FactGrid(int nameWidth = 84, QWidget* parent = nullptr);
    void setPairs(QVector<FactPair> pairs);
    const QVector<FactPair>& pairs() const { return m_pairs; }
    /// Last known values: muted and in italics.
    void setStale(bool stale);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;

private:
    QRect valueRect(int index) const;
    int m_nameWidth;
    int m_perRow = 2;
    bool m_stale = false;
    QVector<FactPair> m_pairs;
};

} // namespace busbar::views
