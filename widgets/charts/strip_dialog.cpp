#include "widgets/charts/strip_dialog.h"

#include "widgets/controls/theme.h"

#include <QComboBox>
#include <QDateTime>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QTimeZone>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace busbar::charts {

namespace {

constexpr std::int64_t kFineMs = 15 * 60'000;
constexpr std::int64_t kStepsWanted = 900;

} // namespace

StripDialog::StripDialog(const items::NodeHistory& history, QWidget* parent)
    : QDialog(parent),
      m_history(history),
      m_title(new QLabel(this)),
      m_value(new QLabel(this)),
      m_gpuChoice(new QComboBox(this)),
      m_metricChoice(new QComboBox(this)),
      m_plot(new StripPlot(history, this)) {
    setModal(false);
    resize(1100, 560);
    m_title->setFont(controls::face(15, true));
    m_title->setTextFormat(Qt::PlainText);
    m_value->setFont(controls::face(controls::kBasePx));
    m_value->setObjectName(QStringLiteral("value"));
    m_gpuChoice->setAccessibleName(QStringLiteral("GPU"));
    m_metricChoice->setAccessibleName(QStringLiteral("metric"));
    for (const Metric one : items::kTracedMetrics) {
        const std::string_view label = infoOf(one).label;
        m_metricChoice->addItem(QString::fromUtf8(label.data(), static_cast<qsizetype>(label.size())), static_cast<int>(one));
    }
    auto* row = new QHBoxLayout;
    row->addWidget(m_title);
    row->addSpacing(16);
    row->addWidget(m_gpuChoice);
    row->addWidget(m_metricChoice);
    row->addStretch(1);
    row->addWidget(m_value);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 10, 12, 10);
    column->addLayout(row);
    column->addWidget(m_plot, 1);
    auto* keys = new QLabel(
        QStringLiteral("W S zoom \u00b7 A D or drag pan \u00b7 Left Right cursor \u00b7 Home now \u00b7 Esc close \u00b7 times in UTC"), this);
    keys->setFont(controls::face(controls::kCaptionPx));
    column->addWidget(keys);
    connect(m_gpuChoice, &QComboBox::activated, this, &StripDialog::choose);
    connect(m_metricChoice, &QComboBox::activated, this, &StripDialog::choose);
    connect(m_plot, &StripPlot::cursorMoved, this, &StripDialog::showValue);
    connect(m_plot, &StripPlot::windowChanged, this, &StripDialog::windowMoved);
}

void StripDialog::showStrip(const QString& nodeId, int gpu, Metric metric, const controls::TimeWindow& window) {
    m_nodeId = nodeId;
    m_askedSpanMs = 0;
    m_gpuChoice->clear();
    for (int i = 0; i < m_history.gpus(); ++i) m_gpuChoice->addItem(QStringLiteral("GPU %1").arg(i));
    m_gpuChoice->setCurrentIndex(gpu);
    m_metricChoice->setCurrentIndex(std::max(0, m_metricChoice->findData(static_cast<int>(metric))));
    m_plot->setWindow(window);
    choose();
    show();
    raise();
    m_plot->setFocus();
}

void StripDialog::refresh() {
    m_plot->refresh();
    showValue();
}

Metric StripDialog::metric() const { return static_cast<Metric>(m_metricChoice->currentData().toInt()); }

void StripDialog::choose() {
    m_title->setText(m_nodeId);
    setWindowTitle(QStringLiteral("%1 \u00b7 GPU %2 \u00b7 %3").arg(m_nodeId).arg(m_gpuChoice->currentIndex()).arg(m_metricChoice->currentText()));
    m_plot->setAccessibleName(QStringLiteral("chart of %1 of GPU %2").arg(m_metricChoice->currentText()).arg(m_gpuChoice->currentIndex()));
    m_plot->setStrip(m_gpuChoice->currentIndex(),
                     m_scaleOf ? m_scaleOf(metric()) : controls::StripScale{metric(), m_metricChoice->currentText(), {}, 0, 100});
    showValue();
}

void StripDialog::showValue() {
    const controls::TimeWindow& window = m_plot->window();
    const bool atCursor = m_plot->cursorMs() > 0;
    const std::int64_t half = std::max<std::int64_t>(500, window.spanMs() / std::max(1, m_plot->width()));
    const std::int64_t from = atCursor ? m_plot->cursorMs() - half : window.beginMs(), until = atCursor ? m_plot->cursorMs() + half : window.endMs();
    const auto value = m_history.over(m_gpuChoice->currentIndex(), metric(), from, until);
    const QString when =
        atCursor ? QDateTime::fromMSecsSinceEpoch(m_plot->cursorMs(), QTimeZone::utc()).toString(QStringLiteral("HH:mm:ss")) + QStringLiteral(" UTC")
                 : QStringLiteral("window");
    if (!value) return m_value->setText(QStringLiteral("%1: ? (no value)").arg(when));
    const QString unit = m_scaleOf ? m_scaleOf(metric()).unit : QString();
    m_value->setText(
        value->low == value->high
            ? QStringLiteral("%1: %2 %3").arg(when).arg(value->low).arg(unit)
            : QStringLiteral("%1: %2\u2013%3 %4, mean %5").arg(when).arg(value->low).arg(value->high).arg(unit).arg(value->mean, 0, 'f', 1));
}

void StripDialog::windowMoved() {
    const controls::TimeWindow& window = m_plot->window();
    showValue();
    const std::int64_t span = std::min(window.nowMs() - window.beginMs(), controls::TimeWindow::kLongestMs);
    if (span <= kFineMs || span <= m_askedSpanMs) return;
    m_askedSpanMs = span;
    Q_EMIT historyNeeded(span, std::max<std::int64_t>(span / kStepsWanted, items::NodeHistory::kCoarseFromMs));
}

void StripDialog::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape || event->key() == Qt::Key_Backspace) return close(), void();
    // No default button: Enter does not close what a person looks at.
    if (event->key() != Qt::Key_Return && event->key() != Qt::Key_Enter) QDialog::keyPressEvent(event);
}

} // namespace busbar::charts
