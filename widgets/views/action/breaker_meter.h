// What the breaker of an action has counted against what pauses it: a box a failure up to its limit, and the count. GUI thread only.
#pragma once

#include "domain/action.h"

#include <QString>
#include <QWidget>

namespace busbar::views {

/// How far each breaker is from its limit, as one line: failures, the worst wave, the site. Empty: no limit was told.
QString breakerWords(const BreakerCounts& counts);

class BreakerMeter : public QWidget {
    Q_OBJECT
public:
    explicit BreakerMeter(QWidget* parent = nullptr);
    /// Hidden when no limit was told.
    void setCounts(const BreakerCounts& counts);
    QSize sizeHint() const override { return {176, 42}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    BreakerCounts m_counts;
};

} // namespace busbar::views
