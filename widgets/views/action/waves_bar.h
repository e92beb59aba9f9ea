// The waves of an action side by side: each a bar whose segments are its target states with their counts. GUI thread only.
#pragma once

#include "widgets/views/action/action_words.h"

#include <QWidget>

namespace busbar::views {

class WavesBar : public QWidget {
    Q_OBJECT
public:
    explicit WavesBar(QWidget* parent = nullptr);
    void setAction(const ActionPtr& action);
    QSize sizeHint() const override { return {600, 42}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    struct Wave {
        int number = 0;
        TargetCounts counts;
        QString words;
    };
    QVector<Wave> m_waves;
};

/// Fill and outline of a target state's segment; the same in the legend.
struct SegmentLook {
    QColor fill, outline, ink;
};
SegmentLook segmentLook(TargetState state);

} // namespace busbar::views
