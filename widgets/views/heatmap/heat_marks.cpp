#include "widgets/views/heatmap/heat_marks.h"

#include "widgets/views/parts/text.h"

#include <QGridLayout>
#include <QPainter>

namespace busbar::views {

namespace {

constexpr int kSwatchPx = 14;

enum class Pattern { hatch, dots, outline };

/// A cell as it looks on the heatmap.
class Swatch : public QWidget {
public:
    explicit Swatch(Pattern pattern, QWidget* parent) : QWidget(parent), m_pattern(pattern) { setFixedSize(kSwatchPx, kSwatchPx); }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        const QColor grey = tone(Tone::stale);
        painter.fillRect(rect(), tone(Tone::window));
        for (int y = 0; y < kSwatchPx; ++y)
            for (int x = 0; x < kSwatchPx; ++x) {
                const bool edge = x == 0 || y == 0 || x == kSwatchPx - 1 || y == kSwatchPx - 1;
                const bool set = m_pattern == Pattern::hatch ? (x + y) % 4 == 0 : m_pattern == Pattern::dots ? x % 3 == 1 && y % 3 == 1 : edge && (x + y) % 2 == 0;
                if (set) painter.fillRect(x, y, 1, 1, grey);
            }
    }

private:
    const Pattern m_pattern;
};

} // namespace

HeatMarks::HeatMarks(QWidget* parent) : QWidget(parent) {
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(10, 6, 10, 8);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(1, 1);
    const auto sign = [this](Sign mark) { return new Line(this, {signRun(mark, kSwatchPx)}); };
    addRow(sign(Sign::p1), QStringLiteral("P1 critical"), QStringLiteral("prio:1"));
    addRow(sign(Sign::p2), QStringLiteral("P2 high"), QStringLiteral("prio:2"));
    addRow(sign(Sign::p3), QStringLiteral("P3 low"), QStringLiteral("prio:3"));
    addRow(sign(Sign::draining), QStringLiteral("draining nodes"), QStringLiteral("service:closing,draining"));
    addRow(sign(Sign::provisioning), QStringLiteral("burn-in nodes"), QStringLiteral("state:discovered,inspecting,firmware,burn-in"));
    addRow(sign(Sign::unknown), QStringLiteral("stale GPUs"), QStringLiteral("stale:yes"));
    addRow(new Swatch(Pattern::hatch, this), QStringLiteral("GPUs not read"), {});
    addRow(new Swatch(Pattern::dots, this), QStringLiteral("GPUs without this metric"), {});
    addRow(new Swatch(Pattern::outline, this), QStringLiteral("nodes without GPUs"), {});
}

void HeatMarks::addRow(QWidget* swatch, const QString& text, const QString& query) {
    auto* grid = static_cast<QGridLayout*>(layout());
    const int row = static_cast<int>(m_counts.size());
    auto* words = new Line(this, {query.isEmpty() ? plain(text) : Run{.text = text, .link = query}});
    auto* count = new Line(this);
    count->setAlignment(Qt::AlignRight);
    grid->addWidget(swatch, row, 0);
    grid->addWidget(words, row, 1);
    grid->addWidget(count, row, 2);
    m_counts.push_back(count);
    connect(words, &Line::linkActivated, this, &HeatMarks::queryRequested);
}

void HeatMarks::show(const controls::HeatTally& tally, const controls::HeatCounts& counts) {
    const std::uint32_t values[] = {tally.p1, tally.p2, tally.p3, tally.draining, tally.provisioning, tally.staleGpus, counts.notRead, counts.notSupported, tally.withoutGpus};
    for (std::size_t row = 0; row < m_counts.size(); ++row) m_counts[row]->setRuns({strong(countText(values[row]))});
}

} // namespace busbar::views
