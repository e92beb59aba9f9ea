#include "widgets/views/plan/plan_foot.h"

#include <QHBoxLayout>

namespace busbar::views {

namespace {

constexpr int kFootHeight = 56, kButtonHeight = 32;
constexpr std::int64_t kToldMs = 10'000;

Button* makeButton(const QString& text, const QString& keyCap, const char* name, QWidget* parent) {
    auto* button = new Button(text, keyCap, parent);
    button->setObjectName(QLatin1String(name));
    button->setButtonHeight(kButtonHeight);
    return button;
}

} // namespace

PlanFoot::PlanFoot(QWidget* parent)
    : Surface(Tone::panel, Qt::TopEdge, parent), m_export(makeButton(QStringLiteral("Export plan\u2026"), {}, "exportPlan", this)), m_heatmap(makeButton(QStringLiteral("Show on heatmap"), {}, "showOnHeatmap", this)),
      m_preview(makeButton(QStringLiteral("Preview"), QStringLiteral("F5"), "preview", this)), m_submit(makeButton(QStringLiteral("Submit"), {}, "submit", this)),
      m_cancel(makeButton(QStringLiteral("Cancel"), QStringLiteral("Esc"), "cancel", this)), m_why(new Line(this)) {
    setFixedHeight(kFootHeight);
    auto* row = rowLayout(this, 9);
    row->setContentsMargins(16, 0, 13, 0);
    m_why->setObjectName(QStringLiteral("whyNot"));
    m_why->setAlignment(Qt::AlignRight);
    m_heatmap->setToolTip(QStringLiteral("selects the nodes of the plan and sets this dialog aside: x brings it back as it is"));
    row->addWidget(m_export);
    row->addWidget(m_heatmap);
    row->addWidget(m_why, 1);
    for (Button* button : {m_preview, m_submit, m_cancel}) row->addWidget(button);
}

void PlanFoot::setWhy(const QString& why, std::int64_t nowMs) {
    m_submit->setEnabled(why.isEmpty());
    const bool told = !m_told.isEmpty() && nowMs - m_toldMs < kToldMs;
    Run words = plain(told ? m_told : why, told ? Tone::secondary : Tone::muted);
    if (told) words.sign = m_toldSign;
    m_why->setRuns(words.text.isEmpty() ? Runs{} : Runs{words});
}

void PlanFoot::tell(const QString& sentence, Sign sign, std::int64_t nowMs) {
    m_told = sentence;
    m_toldSign = sign;
    m_toldMs = nowMs;
}

} // namespace busbar::views
