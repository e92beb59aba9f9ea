#include "widgets/views/node/node_head.h"

#include "widgets/controls/node_sign.h"
#include "widgets/views/node/node_words.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

constexpr int kHeadHeight = 106, kFirstRow = 56, kNameWidth = 350;
constexpr int kBoxPadding = 14, kNarrowestBox = 92, kWidestBox = 236;

} // namespace

/// One fact: name, value with its sign, a note below.
class NodeHead::FactBox : public QWidget {
public:
    FactBox(const QString& name, QWidget* parent) : QWidget(parent), m_name(name) { setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed); }
    void set(const QString& value, const QString& note, Sign sign, bool stale) {
        m_value = value;
        m_note = note;
        m_sign = sign;
        m_stale = stale;
        setAccessibleName(QStringLiteral("%1: %2%3").arg(m_name, value, note.isEmpty() ? QString() : QStringLiteral(", ") + note));
        setToolTip(accessibleName());
        updateGeometry();
        update();
    }
    QSize sizeHint() const override {
        const int value = QFontMetrics(face(14, true)).horizontalAdvance(m_value) + (m_sign == Sign::none ? 0 : 20);
        const int note = QFontMetrics(face(kCaptionPx)).horizontalAdvance(m_note);
        return {std::clamp(std::max(value, note) + 2 * kBoxPadding, kNarrowestBox, kWidestBox), 46};
    }
    QSize minimumSizeHint() const override { return {kNarrowestBox, 46}; }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.fillRect(0, 0, 1, height(), tone(Tone::line));
        const int room = width() - kBoxPadding - 4;
        painter.setFont(face(kCaptionPx));
        painter.setPen(tone(Tone::muted));
        painter.drawText(QPointF(kBoxPadding, 12), m_name);
        int x = kBoxPadding;
        if (m_sign != Sign::none) {
            paintSign(painter, m_sign, QRectF(x, 16, 15, 15));
            x += 20;
        }
        QFont bold = face(14, true);
        bold.setItalic(m_stale);
        painter.setFont(bold);
        painter.setPen(tone(m_stale ? Tone::muted : Tone::text));
        painter.drawText(QPointF(x, 28), painter.fontMetrics().elidedText(m_value, Qt::ElideRight, room - x + kBoxPadding));
        painter.setFont(face(kCaptionPx));
        painter.setPen(tone(m_stale ? Tone::muted : Tone::secondary));
        painter.drawText(QPointF(kBoxPadding, 42), painter.fontMetrics().elidedText(m_note, Qt::ElideRight, room));
    }

private:
    QString m_name, m_value, m_note;
    Sign m_sign = Sign::none;
    bool m_stale = false;
};

NodeHead::NodeHead(QWidget* parent)
    : Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, parent),
      m_name(new Line(this)),
      m_line(new Line(this)),
      m_path(new LifecyclePath(this)),
      m_exits(new Line(this)),
      m_drain(new Button(QStringLiteral("Plan drain\u2026"), {}, this)),
      m_return(new Button(QStringLiteral("Plan return\u2026"), {}, this)),
      m_plan(new Button(QStringLiteral("Plan\u2026"), QStringLiteral("x"), this)) {
    setFixedHeight(kHeadHeight);
    auto* column = columnLayout(this);
    auto* first = rowLayout(nullptr, 0);
    first->setContentsMargins(12, 0, 9, 0);
    m_who = new QWidget(this);
    m_who->setMaximumWidth(kNameWidth);
    auto* whoColumn = columnLayout(m_who, 1);
    whoColumn->addStretch(1);
    whoColumn->addWidget(m_name);
    whoColumn->addWidget(m_line);
    whoColumn->addStretch(1);
    first->addWidget(m_who, 3);
    for (const char* name : {"state", "service", "occupancy", "health", "link", "rack class"}) {
        m_boxes << new FactBox(QString::fromLatin1(name), this);
        first->addWidget(m_boxes.constLast());
    }
    first->addStretch(1);
    first->addWidget(m_drain);
    first->addWidget(m_return);
    first->addWidget(m_plan);
    auto* top = new QWidget(this);
    top->setLayout(first);
    top->setFixedHeight(kFirstRow);
    column->addWidget(top);
    auto* second = rowLayout(nullptr, 12);
    second->setContentsMargins(12, 2, 12, 0);
    second->addWidget(m_path);
    second->addWidget(m_exits, 1);
    m_exits->setAlignment(Qt::AlignRight);
    column->addLayout(second, 1);
    m_drain->setObjectName(QStringLiteral("drain"));
    m_return->setObjectName(QStringLiteral("return"));
    m_plan->setObjectName(QStringLiteral("planVerbs"));
    m_plan->setToolTip(verbsTip());
    m_exits->setObjectName(QStringLiteral("whyNot"));
    m_name->setObjectName(QStringLiteral("nodeName"));
    connect(m_drain, &QPushButton::clicked, this, &NodeHead::drainRequested);
    connect(m_return, &QPushButton::clicked, this, &NodeHead::returnRequested);
    connect(m_plan, &QPushButton::clicked, this, &NodeHead::verbsRequested);
}

void NodeHead::setFacts(const HeadFacts& facts) {
    if (facts == m_facts && !m_name->runs().isEmpty()) return;
    m_facts = facts;
    Run name = strong(facts.name, 17);
    name.sign = controls::nodeSign(facts.facts, facts.stale);
    m_name->setRuns({name, chip(sourceWord(facts.source))});
    m_who->setMinimumWidth(std::min(kNameWidth, m_name->sizeHint().width())); // name and source are never cut
    m_name->setToolTip(facts.sourceTip.isEmpty() ? facts.tip : facts.sourceTip);
    m_line->setRuns({plain(facts.line, Tone::secondary)});
    m_line->setToolTip(facts.tip);
    const auto word = [](std::string_view text) { return toQt(text); };
    const Sign occupancySign = facts.facts.occupancy == Occupancy::leased || facts.facts.occupancy == Occupancy::expiring ? Sign::leased
                               : facts.facts.occupancy == Occupancy::free                                                 ? Sign::free
                                                                                                                          : Sign::none;
    m_boxes[0]->set(word(toString(facts.facts.state)), facts.stateNote, facts.facts.state == NodeState::unknown ? Sign::unknown : Sign::none,
                    facts.stale);
    m_boxes[1]->set(word(toString(facts.facts.service)), facts.serviceNote, serviceSign(facts.facts.service), facts.stale);
    m_boxes[2]->set(facts.occupancy, facts.occupancyNote, occupancySign, facts.stale);
    // A node that lost contact keeps its last health, but nobody knows it now.
    const Health health = facts.stale ? Health::unknown : facts.facts.health;
    m_boxes[3]->set(facts.stale && facts.facts.health != Health::unknown ? QStringLiteral("unknown, was %1").arg(word(toString(facts.facts.health)))
                                                                         : word(toString(health)),
                    facts.healthNote, healthSign(health), facts.stale);
    m_boxes[4]->set(word(toString(facts.facts.link)), facts.linkNote,
                    facts.facts.link == Link::connected ? Sign::none
                    : facts.facts.link == Link::lost    ? Sign::p2
                                                        : Sign::unknown,
                    facts.stale);
    m_boxes[5]->set(facts.rack, facts.rackNote, Sign::none, facts.stale);
    m_boxes[5]->setVisible(!facts.rack.isEmpty());
    m_path->setSteps(facts.steps);
    showButtons();
    update();
}

void NodeHead::showButtons() {
    m_drain->setEnabled(m_facts.drainOff.isEmpty());
    m_return->setEnabled(m_facts.returnOff.isEmpty());
    m_drain->setToolTip(m_facts.drainOff.isEmpty() ? QStringLiteral("opens a plan and starts nothing") : m_facts.drainOff);
    m_return->setToolTip(m_facts.returnOff.isEmpty() ? QStringLiteral("opens a plan and starts nothing") : m_facts.returnOff);
    m_drain->setAccessibleDescription(m_drain->toolTip());
    m_return->setAccessibleDescription(m_return->toolTip());
    QStringList why;
    if (!m_facts.drainOff.isEmpty() && m_facts.drainOff == m_facts.returnOff) why << QStringLiteral("No plan: %1").arg(m_facts.drainOff);
    else {
        if (!m_facts.drainOff.isEmpty()) why << QStringLiteral("No drain: %1").arg(m_facts.drainOff);
        if (!m_facts.returnOff.isEmpty()) why << QStringLiteral("No return: %1").arg(m_facts.returnOff);
    }
    Runs runs;
    if (!m_facts.exits.isEmpty()) runs << plain(m_facts.exits, Tone::secondary);
    if (!why.isEmpty()) runs << plain(why.join(QStringLiteral(" \u00b7 ")), Tone::muted, kCaptionPx);
    m_exits->setRuns(runs);
}

void NodeHead::paintEvent(QPaintEvent* event) {
    Surface::paintEvent(event);
    QPainter painter(this);
    painter.fillRect(1, kFirstRow, width() - 2, 1, tone(Tone::faintLine));
    if (m_facts.stale) paintHatch(painter, QRectF(1, 1, width() - 2, kFirstRow - 1));
}

} // namespace busbar::views
