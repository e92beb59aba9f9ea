#include "widgets/views/frame/palette.h"

#include "widgets/views/frame/commands.h"
#include "widgets/views/parts/surface.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kObjectLimit = 20;
constexpr int kRowHeight = 28;
enum ItemRole { kIdRole = Qt::UserRole, kTargetRole, kDetailRole, kKeysRole, kOffRole };

class EntryDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {200, kRowHeight}; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        painter->save();
        painter->fillRect(option.rect, tone(option.state & QStyle::State_Selected ? Tone::selection : Tone::base));
        const QRect area = option.rect.adjusted(10, 0, -10, 0);
        const bool off = index.data(kOffRole).toBool();
        painter->setFont(face(kBasePx, !off));
        painter->setPen(tone(off ? Tone::muted : Tone::text));
        const QString title = index.data(Qt::DisplayRole).toString();
        painter->drawText(area, Qt::AlignVCenter, title);
        const int used = painter->fontMetrics().horizontalAdvance(title) + 12;
        painter->setFont(face(kDensePx));
        painter->setPen(tone(off || option.state & QStyle::State_Selected ? Tone::secondary : Tone::muted));
        const QString keys = index.data(kKeysRole).toString();
        const int cap = keys.isEmpty() ? 0 : keyCapWidth(keys);
        painter->drawText(area.adjusted(used, 0, -cap - 8, 0), Qt::AlignVCenter, painter->fontMetrics().elidedText(index.data(kDetailRole).toString(), Qt::ElideRight, area.width() - used - cap - 8));
        if (cap > 0) paintKeyCap(*painter, QRectF(area.right() - cap, area.center().y() - 8, cap, 16), keys);
        painter->restore();
    }
};

// True if the characters of `typed` occur in `text` in order: "gh" finds "Go to heatmap".
bool fuzzyMatch(const QString& text, const QString& typed) {
    qsizetype at = 0;
    for (const QChar c : typed) {
        at = text.indexOf(c, at, Qt::CaseInsensitive);
        if (at < 0) return false;
        ++at;
    }
    return true;
}

} // namespace

CommandPalette::CommandPalette(Commands* commands, std::function<std::vector<PaletteObject>(const QString&, int)> findObjects, QWidget* parent)
    : QDialog(parent, Qt::Popup), m_commands(commands), m_findObjects(std::move(findObjects)), m_input(new QLineEdit(this)), m_list(new QListWidget(this)) {
    setAccessibleName(QStringLiteral("command palette"));
    setFixedSize(640, 420);
    auto* ground = new Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, this);
    ground->setLineTone(Tone::secondary);
    columnLayout(this)->addWidget(ground);
    auto* column = columnLayout(ground, 6);
    column->setContentsMargins(8, 8, 8, 8);
    m_input->setPlaceholderText(QStringLiteral("command, view or node"));
    m_input->setObjectName(QStringLiteral("paletteInput"));
    m_list->setObjectName(QStringLiteral("paletteList"));
    m_list->setItemDelegate(new EntryDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusPolicy(Qt::NoFocus);
    column->addWidget(m_input);
    column->addWidget(m_list, 1);
    m_input->installEventFilter(this);
    connect(m_input, &QLineEdit::textChanged, this, &CommandPalette::refill);
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::choose);
    refill();
    m_input->setFocus();
}

void CommandPalette::addCommands(const QString& typed) {
    std::vector<const Commands::Entry*> found;
    for (const auto& entry : m_commands->entries())
        if (entry.action != nullptr && fuzzyMatch(entry.title, typed)) found.push_back(&entry);
    // What holds the text as it was typed comes before what only has its letters in order.
    std::stable_partition(found.begin(), found.end(), [&typed](const auto* entry) { return QString(entry->title).remove(QLatin1Char(' ')).contains(typed, Qt::CaseInsensitive); });
    for (const auto* match : found) {
        const Commands::Entry& entry = *match;
        const QString reason = entry.whyNot ? entry.whyNot() : QString();
        auto* item = new QListWidgetItem(entry.title, m_list);
        item->setData(kIdRole, entry.id);
        item->setData(kDetailRole, reason.isEmpty() ? entry.group : reason);
        item->setData(kKeysRole, keyCapText(entry.keys));
        item->setData(kOffRole, !reason.isEmpty());
        item->setToolTip(reason);
    }
}

void CommandPalette::refill() {
    const QString typed = m_input->text().simplified();
    m_list->clear();
    addCommands(QString(typed).remove(QLatin1Char(' ')));
    if (m_findObjects && !typed.isEmpty())
        for (const PaletteObject& object : m_findObjects(typed, kObjectLimit)) {
            auto* item = new QListWidgetItem(object.text, m_list);
            item->setData(kTargetRole, object.target);
            item->setData(kDetailRole, object.detail);
        }
    if (m_list->count() > 0) m_list->setCurrentRow(0);
}

void CommandPalette::choose() {
    const QListWidgetItem* item = m_list->currentItem();
    if (item == nullptr || item->data(kOffRole).toBool()) return;
    const QString id = item->data(kIdRole).toString();
    const QString target = item->data(kTargetRole).toString();
    accept();
    if (!target.isEmpty()) Q_EMIT objectChosen(target);
    else m_commands->run(id);
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched != m_input || event->type() != QEvent::KeyPress) return QDialog::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    const int row = m_list->currentRow();
    if (key == Qt::Key_Down) m_list->setCurrentRow(std::min(row + 1, m_list->count() - 1));
    else if (key == Qt::Key_Up) m_list->setCurrentRow(std::max(row - 1, 0));
    else if (key == Qt::Key_Return || key == Qt::Key_Enter) choose();
    else return QDialog::eventFilter(watched, event);
    return true;
}

} // namespace busbar::views
