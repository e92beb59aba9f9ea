#include "widgets/views/plan/start_part.h"

#include "base/clock.h"
#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/plan/form_values.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

constexpr int kLongestText = 32, kFieldWidth = 170;

} // namespace

StartPart::StartPart(const QString& queueOff, QWidget* parent) : FormPart(parent), m_queue(new QCheckBox(this)), m_notAfter(new QLineEdit(this)), m_told(new Line(this)) {
    auto* column = columnLayout(this);
    column->addWidget(makeSection(QStringLiteral("Start"), QStringLiteral("at submit, or once it is approved"), this));
    m_queue->setObjectName(QStringLiteral("queue"));
    m_queue->setText(queueOff.isEmpty() ? QStringLiteral("behind the action that holds a node (else: refused)") : queueOff);
    m_queue->setFixedHeight(24);
    m_queue->setEnabled(queueOff.isEmpty());
    m_queue->setToolTip(queueOff.isEmpty() ? QStringLiteral("a node that another action holds starts when that one has ended, and is judged again then") : queueOff);
    m_notAfter->setObjectName(QStringLiteral("notAfter"));
    m_notAfter->setAccessibleName(QStringLiteral("last start"));
    m_notAfter->setPlaceholderText(QStringLiteral("any time; 2h or 18:00"));
    m_notAfter->setMaxLength(kLongestText);
    m_notAfter->setFixedWidth(kFieldWidth);
    m_told->setObjectName(QStringLiteral("notAfterTold"));
    column->addWidget(m_queue);
    auto* row = rowLayout();
    row->addWidget(new Line(this, {plain(QStringLiteral("Not after"), Tone::text, kBasePx)}));
    row->addWidget(m_notAfter);
    row->addWidget(m_told, 1);
    column->addLayout(row);
    column->addWidget(makeRule(this));
    connect(m_queue, &QCheckBox::toggled, this, &FormPart::chosen);
    connect(m_notAfter, &QLineEdit::textChanged, this, [this] {
        check();
        Q_EMIT edited();
    });
    check();
}

void StartPart::check() {
    const auto now = systemClock().wallMs();
    const auto last = parseLastStart(m_notAfter->text(), now);
    tellField(m_told, m_notAfter, last.status(), !last.ok() ? QString() : *last == 0 ? QStringLiteral("no last start") : QStringLiteral("not started by %1: cancelled").arg(minuteText(*last, now)));
}

QString StartPart::problem() const {
    const Status status = parseLastStart(m_notAfter->text(), systemClock().wallMs()).status();
    return status.ok() ? QString() : QStringLiteral("Not after: %1").arg(toQt(sentenceOf(status)));
}

void StartPart::setRequest(const PlanRequest& request) {
    const QSignalBlocker quiet(this);
    m_queue->setChecked(request.queue && m_queue->isEnabled());
    m_notAfter->setText(request.notAfterWallMs > 0 ? dayText(request.notAfterWallMs) : QString());
    check();
}

void StartPart::fill(PlanRequest& request) const {
    request.queue = m_queue->isChecked();
    request.notAfterWallMs = parseLastStart(m_notAfter->text(), systemClock().wallMs()).value_or(0);
}

} // namespace busbar::views
