#include "widgets/views/frame/main_frame.h"

#include "widgets/views/frame/keys_sheet.h"
#include "widgets/views/frame/top_band.h"

#include <QApplication>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

constexpr QSize kSmallestWindow(1180, 700);

QScreen* screenNamed(const QString& name) {
    for (QScreen* screen : QGuiApplication::screens())
        if (screen->name() == name) return screen;
    return QGuiApplication::primaryScreen();
}

} // namespace

MainFrame::MainFrame(QWidget* parent)
    : QMainWindow(parent), m_commands(new Commands(this)), m_rail(new NavRail), m_band(new TopBand), m_chips(new ChipRow), m_stale(new StaleBar), m_stack(new QStackedWidget), m_status(new StatusLine) {
    setAttribute(Qt::WA_DeleteOnClose);
    setMinimumSize(kSmallestWindow);
    setContextMenuPolicy(Qt::NoContextMenu);
    auto* ground = new Surface(Tone::window);
    auto* row = rowLayout(ground, 0);
    row->addWidget(m_rail);
    auto* column = columnLayout();
    column->addWidget(m_band);
    column->addWidget(m_stale);
    column->addWidget(m_chips);
    column->addWidget(m_stack, 1);
    column->addWidget(m_status);
    row->addLayout(column, 1);
    setCentralWidget(ground);
    connect(m_commands, &Commands::refused, this, [this](const QString& title, const QString& reason) { m_status->say(QStringLiteral("%1: %2").arg(title, reason)); });
}

void MainFrame::addView(const QString& id, const QString& title, RailIcon icon, const QString& keys, QWidget* view, const QString& hint) {
    m_views.push_back({id, id, hint, view});
    m_stack->addWidget(view);
    QAction* action = m_commands->add(QStringLiteral("view.") + id, QStringLiteral("Go to %1").arg(title.toLower()), keys, QStringLiteral("Views"), [this, id] { Q_EMIT viewRequested(id); });
    m_rail->addView(id, icon, action, title);
}

void MainFrame::addDetail(const QString& id, QWidget* view, const QString& railId, const QString& hint) {
    m_views.push_back({id, railId, hint, view});
    m_stack->addWidget(view);
}

const MainFrame::View* MainFrame::findView(const QString& id) const {
    for (const View& view : m_views)
        if (view.id == id) return &view;
    return nullptr;
}

QWidget* MainFrame::view(const QString& id) const {
    const View* found = findView(id);
    return found == nullptr ? nullptr : found->widget;
}

void MainFrame::showView(const QString& id) {
    const View* found = findView(id);
    if (found == nullptr) return;
    m_current = id;
    m_stack->setCurrentWidget(found->widget);
    m_rail->setCurrent(found->railId);
    m_status->setHint(found->hint);
    found->widget->setFocus();
    Q_EMIT viewShown(id);
}

void MainFrame::setFacts(const FrameFacts& facts) {
    m_band->setFacts(facts);
    m_chips->setSources(facts);
    m_stale->setSentence(staleSentence(facts));
    m_status->setFacts(facts);
}

void MainFrame::setPaletteObjects(std::function<std::vector<PaletteObject>(const QString&, int)> find) { m_findObjects = std::move(find); }

void MainFrame::openPalette() {
    auto* palette = new CommandPalette(m_commands, m_findObjects, this);
    palette->setAttribute(Qt::WA_DeleteOnClose);
    connect(palette, &CommandPalette::objectChosen, this, &MainFrame::objectChosen);
    palette->move(mapToGlobal(QPoint((width() - palette->width()) / 2, 84)));
    palette->show();
}

void MainFrame::openKeys() {
    auto* sheet = new KeysSheet(*m_commands, this);
    sheet->setAttribute(Qt::WA_DeleteOnClose);
    sheet->show();
}

void MainFrame::saveTo(QSettings& settings) const {
    settings.setValue(QStringLiteral("window/screen"), screen() == nullptr ? QString() : screen()->name());
    settings.setValue(QStringLiteral("window/size"), normalGeometry().size());
    settings.setValue(QStringLiteral("window/offset"), screen() == nullptr ? QPoint() : normalGeometry().topLeft() - screen()->availableGeometry().topLeft());
    settings.setValue(QStringLiteral("window/maximized"), isMaximized());
    settings.setValue(QStringLiteral("window/view"), m_current);
}

void MainFrame::restoreFrom(QSettings& settings) {
    const QScreen* target = screenNamed(settings.value(QStringLiteral("window/screen")).toString());
    if (target == nullptr) return;
    const QRect room = target->availableGeometry();
    const QSize size = settings.value(QStringLiteral("window/size"), QSize(1600, 960)).toSize().boundedTo(room.size()).expandedTo(kSmallestWindow);
    const QPoint middle = (room.bottomRight() - room.topLeft() - QPoint(size.width(), size.height())) / 2;
    QRect wanted(room.topLeft() + settings.value(QStringLiteral("window/offset"), middle).toPoint(), size);
    if (!room.intersects(wanted.adjusted(40, 40, -40, -40))) wanted.moveTopLeft(room.topLeft());
    setGeometry(wanted);
    if (settings.value(QStringLiteral("window/maximized"), false).toBool()) setWindowState(Qt::WindowMaximized);
}

void MainFrame::closeEvent(QCloseEvent* event) {
    Q_EMIT closing();
    QMainWindow::closeEvent(event);
}

} // namespace busbar::views
