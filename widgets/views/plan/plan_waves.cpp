#include "widgets/views/plan/plan_waves.h"

#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"

#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>
#include <numeric>
#include <vector>

namespace busbar::views {

namespace {

constexpr int kBoxHeight = 22, kWordsHeight = 18, kGap = 8, kSmallestBox = 56;

} // namespace

/// The waves side by side, with their nodes below.
class WaveBoxes : public QWidget {
public:
    explicit WaveBoxes(QWidget* parent) : QWidget(parent) { setFixedHeight(kBoxHeight + kWordsHeight); }
    void setWaves(const std::vector<std::int64_t>& waves) {
        m_waves = waves;
        QStringList words;
        for (std::size_t i = 0; i < waves.size(); ++i) words << QStringLiteral("wave %1: %2").arg(i + 1).arg(countOf(waves[i], QStringLiteral("node")));
        setAccessibleName(words.join(QStringLiteral(", ")));
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        const auto all = std::max<std::int64_t>(1, std::accumulate(m_waves.begin(), m_waves.end(), std::int64_t{0}));
        const auto count = static_cast<int>(m_waves.size());
        const double room = std::max(0, width() - count * (kSmallestBox + kGap) + kGap);
        double x = 0;
        for (int i = 0; i < count; ++i) {
            const std::int64_t nodes = m_waves[static_cast<std::size_t>(i)];
            const double wide = kSmallestBox + room * static_cast<double>(nodes) / static_cast<double>(all);
            const QRectF box(x + 0.5, 0.5, wide - 1, kBoxHeight - 1);
            painter.setPen(tone(Tone::secondary));
            painter.setBrush(tone(Tone::base));
            painter.drawRect(box);
            painter.setPen(tone(Tone::text));
            painter.setFont(face(kDensePx, true));
            painter.drawText(box, Qt::AlignCenter, QString::number(i + 1));
            painter.setFont(face(kCaptionPx));
            painter.setPen(tone(Tone::muted));
            painter.drawText(QRectF(x, kBoxHeight, wide, kWordsHeight), Qt::AlignVCenter, countOf(nodes, QStringLiteral("node")));
            x += wide + kGap;
        }
    }

private:
    std::vector<std::int64_t> m_waves;
};

PlanWaves::PlanWaves(QWidget* parent) : QWidget(parent), m_boxes(new WaveBoxes(this)), m_breaker(new Line(this)) {
    setObjectName(QStringLiteral("planWaves"));
    m_breaker->setObjectName(QStringLiteral("planBreaker"));
    auto* column = columnLayout(this);
    column->addWidget(makeSection(QStringLiteral("Waves"), QStringLiteral("each starts when the one before has ended"), this));
    column->addWidget(m_boxes);
    column->addWidget(m_breaker);
    column->addWidget(makeRule(this));
    hide();
}

void PlanWaves::setPlan(const Plan& plan) {
    const bool several = std::accumulate(plan.waves.begin(), plan.waves.end(), std::int64_t{0}) > 1;
    setVisible(several && plan.breaker.failureLimit > 0);
    m_boxes->setWaves(plan.waves);
    m_breaker->setRuns({strong(QStringLiteral("Breaker")), plain(QStringLiteral("pauses at %1 or %2 % of a wave; then a person decides").arg(countOf(plan.breaker.failureLimit, QStringLiteral("failure"))).arg(plan.breaker.wavePercent), Tone::secondary)});
}

} // namespace busbar::views
