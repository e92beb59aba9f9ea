#include "widgets/views/plan/plan_strip.h"

#include "domain/lifecycle.h"
#include "items/node_values.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/plan/friction.h"

#include <QHBoxLayout>
#include <QScrollArea>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kStripHeight = 72;
constexpr int kNoticeHeight = 132;
constexpr int kFactMargin = 11;

QString tenantsText(const BlastRadius& blast) {
    return blast.tenants.empty() ? QStringLiteral("no tenant") : QStringLiteral("of ") + countOf(std::ssize(blast.tenants), QStringLiteral("tenant"));
}

// "queued", "2 of 5 queued" or "at once"; what it waits behind and its last start.
std::pair<QString, QString> startTexts(const Plan& plan) {
    QStringList holders;
    std::int64_t held = 0;
    for (const PlanTarget& target : plan.targets) {
        if (!target.eligible || target.queuedBehind.empty()) continue;
        ++held;
        if (const QString holder = shortActionId(target.queuedBehind); !holders.contains(holder)) holders << holder;
    }
    const std::int64_t eligible = eligibleCount(plan);
    QStringList details;
    if (holders.size() == 1) details << QStringLiteral("behind %1").arg(holders.front());
    else if (!holders.isEmpty()) details << QStringLiteral("behind %1").arg(countOf(holders.size(), QStringLiteral("action")));
    if (plan.request.notAfterWallMs > 0) details << QStringLiteral("not after %1").arg(minuteText(plan.request.notAfterWallMs, plan.madeWallMs));
    if (details.isEmpty()) details << QStringLiteral("no other action holds them");
    return {held == 0 ? QStringLiteral("at once") : held == eligible ? QStringLiteral("queued") : QStringLiteral("%1 of %2 queued").arg(countText(held), countText(eligible)), details.join(QStringLiteral(" \u00b7 "))};
}

QString endedText(const Plan& plan) {
    const QString policy = toQt(toString(plan.request.atDeadline));
    const bool ends = plan.request.atDeadline == DeadlinePolicy::force;
    return QStringLiteral("%1 ended by \u201c%2\u201d").arg(ends ? countText(plan.blast.processes) : QStringLiteral("0"), policy);
}

// The verb alone; what it does in full stands below the targets.
QString inverseText(const Plan& plan) {
    const Verb inverse = inverseOf(plan.request.verb);
    return inverse == Verb::unknown ? QStringLiteral("what is done instead: below") : QStringLiteral("inverse: %1").arg(toQt(toString(inverse)));
}

} // namespace

PlanStrip::PlanStrip(QWidget* parent) : Surface(Tone::hover, Qt::BottomEdge, parent) {
    auto* row = rowLayout(this, 0);
    row->setContentsMargins(4, 8, 4, 8);
    setFixedHeight(kStripHeight);
    setObjectName(QStringLiteral("planStrip"));
}

void PlanStrip::clear() {
    while (QLayoutItem* item = layout()->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_notice.clear();
    setGround(Tone::hover);
}

void PlanStrip::addFact(const QString& caption, const QString& value, const QString& detail, Sign sign) {
    auto* box = new Surface(Tone::hover, layout()->count() == 0 ? Qt::Edges() : Qt::Edges(Qt::LeftEdge), this);
    auto* column = columnLayout(box);
    column->setContentsMargins(kFactMargin, 3, kFactMargin, 3);
    auto* name = new Line(box, {plain(caption, Tone::muted, kCaptionPx)});
    column->addWidget(name);
    Runs words{strong(value, 16)};
    words.front().sign = sign;
    auto* figure = new Line(box, words);
    column->addWidget(figure);
    // Where the facts have no room side by side only their details are cut, never a figure or its name.
    box->setMinimumWidth(std::max(name->sizeHint().width(), figure->sizeHint().width()) + 2 * kFactMargin + 1);
    column->addWidget(new Line(box, {plain(detail, Tone::secondary, kCaptionPx)}));
    box->setAccessibleName(QStringLiteral("%1: %2, %3").arg(caption, value, detail));
    layout()->addWidget(box);
}

void PlanStrip::setPlan(const Plan& plan) {
    clear();
    setFixedHeight(kStripHeight);
    const BlastRadius& blast = plan.blast;
    addFact(QStringLiteral("leases"), countText(blast.leases), tenantsText(blast), blast.leases > 0 ? Sign::leased : Sign::none);
    addFact(QStringLiteral("GPUs"), countText(blast.gpus), QStringLiteral("on ") + countOf(eligibleCount(plan), QStringLiteral("node")));
    if (plan.request.queue || plan.request.notAfterWallMs > 0) {
        const auto [value, detail] = startTexts(plan);
        addFact(QStringLiteral("starts"), value, detail);
    }
    if (plan.request.verb == Verb::lease && plan.targets.size() > 1)
        addFact(QStringLiteral("takes"), plan.request.allOrNothing ? QStringLiteral("all or nothing") : QStringLiteral("as many as fit"), QStringLiteral("%1 of %2").arg(countText(eligibleCount(plan)), countOf(std::ssize(plan.targets), QStringLiteral("node"))));
    const VerbDetails& details = plan.request.details;
    const bool waits = closes(plan.request.verb);
    if (!details.tenant.empty()) addFact(QStringLiteral("tenant"), toQt(details.tenant), details.untilWallMs > 0 ? QStringLiteral("until %1 UTC").arg(dayText(details.untilWallMs)) : QStringLiteral("open-ended"));
    if (!details.profile.empty()) addFact(QStringLiteral("burn-in"), toQt(details.profile), QStringLiteral("at most %1 a node").arg(durationText(std::int64_t{1'000} * longestSeconds(StepKind::burnIn, details.profile))));
    if (waits) addFact(QStringLiteral("running processes"), countText(blast.processes), endedText(plan), plan.request.atDeadline == DeadlinePolicy::force && blast.processes > 0 ? Sign::p2 : Sign::none);
    if (waits) addFact(QStringLiteral("GPU-hours out"), QString::number(blast.gpuHours, 'f', blast.gpuHours < 10 ? 1 : 0), QStringLiteral("leased \u00d7 longest wait"));
    for (const Share& share : blast.freeByModel)
        if (share.part > 0 && layout()->count() < 6)
            addFact(toQt(items::shortModel(share.name)) + QStringLiteral(" free"), QStringLiteral("%1 \u2192 %2").arg(countText(share.whole), countText(share.whole - share.part)), QStringLiteral("GPUs at %1").arg(toQt(plan.site)),
                    share.part == share.whole ? Sign::p2 : Sign::none);
    addFact(QStringLiteral("power step"), signedText(-blast.powerStepKw, QStringLiteral("kW")), QStringLiteral("present draw, at most"));
    const bool endless = plan.request.deadlineMs <= 0 || blast.longestWaitMs <= 0;
    if (waits) addFact(QStringLiteral("longest wait"), endless ? QStringLiteral("no limit") : durationText(blast.longestWaitMs), QStringLiteral("from each node\u2019s close"));
    if (plan.request.overrideFailed) addFact(QStringLiteral("failed checks"), QStringLiteral("overridden"), QStringLiteral("the reason stands on the node"), Sign::p2);
    addFact(QStringLiteral("reversible"), blast.reversible ? QStringLiteral("yes") : QStringLiteral("no"), inverseText(plan), blast.reversible ? Sign::none : Sign::p2);
    static_cast<QHBoxLayout*>(layout())->addStretch(1);
}

void PlanStrip::setNotice(const QString& title, const QStringList& lines, bool again) {
    clear();
    m_notice = title + (lines.isEmpty() ? QString() : QLatin1Char('\n') + lines.join(QLatin1Char('\n')));
    setFixedHeight(lines.size() > 1 ? kNoticeHeight : kStripHeight);
    auto* area = new QScrollArea(this);
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    auto* box = new Surface(Tone::hover, {}, area);
    box->setAccent(Qt::LeftEdge, 3, again ? Tone::p2 : Tone::link);
    auto* column = columnLayout(box, 2);
    column->setContentsMargins(14, 2, 12, 2);
    Run head = strong(title, kBasePx);
    head.sign = again ? Sign::p2 : Sign::none;
    column->addWidget(new Line(box, {head}));
    for (const QString& line : lines)
        column->addWidget(new Paragraph(line, Tone::text, kDensePx, box));
    column->addStretch(1);
    area->setWidget(box);
    layout()->addWidget(area);
    if (!again) return;
    auto* button = new Button(QStringLiteral("Plan again"), QStringLiteral("F5"), this);
    button->setObjectName(QStringLiteral("planAgain"));
    connect(button, &QPushButton::clicked, this, &PlanStrip::planAgain);
    layout()->addWidget(button);
}

} // namespace busbar::views
