// Windows, settings and profiles of the console as a whole.
#include "busbar/console.h"
#include "busbar/fleet_views.h"
#include "busbar/layout_state.h"
#include "busbar/window.h"
#include "tests/support/site_fixture.h"
#include "widgets/controls/query_bar.h"
#include "widgets/views/frame/top_band.h"
#include "widgets/views/plan/plan_dialog.h"
#include "widgets/views/welcome/welcome_view.h"

#include <QApplication>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRadioButton>
#include <QScreen>
#include <QSettings>
#include <QSplitter>
#include <QTemporaryDir>
#include <QTest>

using namespace busbar;
using namespace busbar::console;
using busbar::test::SiteFixture;

class TestConsole : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void welcomeWithoutAProfile();
    void brokenProfileIsSaid();
    void liveSwitchFromWelcomeToTheFleet();
    void enrolWritesAProfileAndOpensIt();
    void twoWindowsShareOneSession();
    void eachWindowHasItsOwnQueryAndSelection();
    void keysGoThroughTheViews();
    void crumbsAndPaletteLead();
    void paletteFindsNodesAndCommands();
    void settingsChangeTheThemeAtOnce();
    void badQueryKeepsTheLastOne();
    void anotherFleetReplacesTheWindows();
    void closingAWindowLeavesTheOther();
    void windowsComeBack();
    void missingScreenBringsTheWindowHome();
    void layoutComesBackByName();
    void themeIsRemembered();
    void commandsThatCannotRunSayWhy();

private:
    std::unique_ptr<Console> make() { return std::make_unique<Console>(*qApp, *m_settings, QPalette()); }
    QString profile() const { return m_site.path(QStringLiteral("config/profiles/operator.toml")); }

    SiteFixture m_site;
    QTemporaryDir m_empty;
    std::unique_ptr<QSettings> m_settings;
};

void TestConsole::initTestCase() {
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
    QVERIFY2(m_site.startAgent(QStringLiteral("sim1")), qPrintable(m_site.error()));
    QGuiApplication::setQuitOnLastWindowClosed(false);
    qputenv("BUSBAR_CONFIG", m_empty.path().toLocal8Bit());
}

void TestConsole::init() {
    m_settings = std::make_unique<QSettings>(m_empty.filePath(QStringLiteral("console.ini")), QSettings::IniFormat);
    m_settings->clear();
}

void TestConsole::cleanup() { m_settings.reset(); }

void TestConsole::welcomeWithoutAProfile() {
    const auto busbar = make();
    QVERIFY(!busbar->openProfile({}).ok());
    busbar->restoreWindows();
    QCOMPARE(busbar->windows().size(), std::size_t(1));
    Window& window = *busbar->windows().front();
    QCOMPARE(window.frame().currentView(), view_id::kWelcome);
    QVERIFY(window.welcome().isVisible());
    // Nobody asked for a profile: nothing is wrong.
    QVERIFY(window.welcome().problem().isEmpty());
}

void TestConsole::brokenProfileIsSaid() {
    const auto busbar = make();
    busbar->openWindow();
    QVERIFY(!busbar->openProfile(QStringLiteral("nobody")).ok());
    QVERIFY2(busbar->windows().front()->welcome().problem().contains(QStringLiteral("nobody")), qPrintable(busbar->windows().front()->welcome().problem()));
}

void TestConsole::liveSwitchFromWelcomeToTheFleet() {
    const auto busbar = make();
    Window& window = busbar->openWindow();
    QCOMPARE(window.frame().currentView(), view_id::kWelcome);
    Q_EMIT window.welcome().profileFileChosen(profile());
    QTRY_VERIFY(busbar->live());
    QCOMPARE(window.frame().currentView(), window.where().view);
    QTRY_COMPARE_WITH_TIMEOUT(busbar->live()->facts().usableSites, 1, 15'000);
    QTRY_COMPARE_WITH_TIMEOUT(busbar->live()->facts().nodes, 1u, 15'000);
    // Another profile that cannot be used leaves the fleet on the glass.
    QVERIFY(!busbar->openProfile(QStringLiteral("nobody")).ok());
    QVERIFY(busbar->live());
}

void TestConsole::enrolWritesAProfileAndOpensIt() {
    const auto busbar = make();
    Window& window = busbar->openWindow();
    const auto fill = [&](const char* field, const QString& text) { window.welcome().findChild<QLineEdit*>(QLatin1String(field))->setText(text); };
    auto* enrol = window.welcome().findChild<QPushButton*>(QStringLiteral("enrol"));
    fill("enrolProfile", QStringLiteral("mine"));
    fill("enrolSite", QStringLiteral("tst1"));
    QVERIFY(!enrol->isEnabled());
    fill("enrolAddress", m_site.address());
    fill("enrolFolder", m_site.path(QStringLiteral("cert/nowhere")));
    QTest::mouseClick(enrol, Qt::LeftButton);
    QTRY_VERIFY2(window.welcome().problem().contains(QStringLiteral("cert/nowhere/ca.pem")), qPrintable(window.welcome().problem()));
    QVERIFY(!busbar->live());
    fill("enrolFolder", m_site.path(QStringLiteral("cert/user-operator")));
    QTest::mouseClick(enrol, Qt::LeftButton);
    QTRY_VERIFY2(busbar->live(), qPrintable(window.welcome().problem()));
    QTRY_COMPARE_WITH_TIMEOUT(busbar->live()->facts().usableSites, 1, 15'000);
    // The name is taken now; the profile that is there is not touched.
    Q_EMIT window.welcome().enrolRequested({QStringLiteral("mine"), QStringLiteral("other"), m_site.address(), m_site.path(QStringLiteral("cert/user-viewer"))});
    QTRY_VERIFY2(window.welcome().problem().contains(QStringLiteral("exists already")), qPrintable(window.welcome().problem()));
    QVERIFY(QFile::remove(m_empty.filePath(QStringLiteral("profiles/mine.toml"))));
}

void TestConsole::twoWindowsShareOneSession() {
    const auto busbar = make();
    QVERIFY(busbar->openProfile(profile()).ok());
    const ViewRef actions{view_id::kActions, {}, {}};
    Window& first = busbar->openWindow(&actions);
    QVERIFY(first.frame().commands().run(QStringLiteral("window.new")).isEmpty());
    QCOMPARE(busbar->windows().size(), std::size_t(2));
    Window& second = *busbar->windows().back();
    QVERIFY(second.slot() != first.slot());
    QCOMPARE(second.where(), first.where());
    QTRY_COMPARE_WITH_TIMEOUT(busbar->live()->facts().usableSites, 1, 15'000);
    const auto userIn = [](Window& window) {
        const auto lines = window.frame().band().findChildren<views::Line*>();
        return std::any_of(lines.begin(), lines.end(), [](const views::Line* line) { return line->text().contains(QStringLiteral("operator")); });
    };
    QTRY_VERIFY_WITH_TIMEOUT(userIn(first) && userIn(second), 10'000);
}

void TestConsole::eachWindowHasItsOwnQueryAndSelection() {
    const auto busbar = make();
    QVERIFY(busbar->openProfile(profile()).ok());
    Window& first = busbar->openWindow();
    Window& second = busbar->openWindow();
    QTRY_COMPARE_WITH_TIMEOUT(busbar->live()->facts().nodes, 1u, 15'000);
    Q_EMIT first.views().all().front()->queryRequested(QStringLiteral("site:tst1 health!=ok"));
    QCOMPARE(first.where().query, QStringLiteral("site:tst1 health!=ok"));
    QVERIFY(second.where().query.isEmpty());
    first.selection().add({"tst1/sim1"});
    QVERIFY(second.selection().empty());
    // The first chip goes: the rest of the query stays.
    Q_EMIT first.frame().chips().chipRemoved(0);
    QCOMPARE(first.where().query, QStringLiteral("health!=ok"));
}

void TestConsole::keysGoThroughTheViews() {
    const auto busbar = make();
    QVERIFY(busbar->openProfile(profile()).ok());
    Window& window = busbar->openWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window.frame()));
    const auto press = [&](const QString& keys) { QTest::keySequence(&window.frame(), QKeySequence(keys)); };
    for (const auto& [keys, view] : {std::pair{"G, H", view_id::kHeatmap}, std::pair{"G, N", view_id::kNodes}, std::pair{"G, X", view_id::kActions}, std::pair{"G, O", view_id::kOverview}}) {
        press(QLatin1String(keys));
        QCOMPARE(window.where().view, view);
        QCOMPARE(window.frame().currentView(), view);
    }
    press(QStringLiteral("Alt+Left"));
    QCOMPARE(window.frame().currentView(), view_id::kActions);
    press(QStringLiteral("Backspace"));
    QCOMPARE(window.frame().currentView(), view_id::kNodes);
    press(QStringLiteral("Alt+Right"));
    QCOMPARE(window.frame().currentView(), view_id::kActions);
}

void TestConsole::crumbsAndPaletteLead() {
    const auto busbar = make();
    QVERIFY(busbar->openProfile(profile()).ok());
    Window& window = busbar->openWindow();
    QTRY_COMPARE_WITH_TIMEOUT(busbar->live()->facts().nodes, 1u, 15'000);
    Q_EMIT window.frame().objectChosen(QStringLiteral("node:tst1/sim1"));
    QCOMPARE(window.frame().currentView(), view_id::kNode);
    QTRY_COMPARE(window.frame().band().breadcrumb(), (QStringList{QStringLiteral("Fleet"), QStringLiteral("tst1"), QStringLiteral("r01"), QStringLiteral("sim1")}));
    QTRY_VERIFY_WITH_TIMEOUT(window.nodeComplete(), 15'000);
    // x plans the node on show, not the selection behind it.
    window.selection().add({"tst1/other"});
    QVERIFY(window.frame().commands().run(QStringLiteral("plan.drain")).isEmpty());
    auto* plan = window.frame().findChild<views::PlanDialog*>();
    QVERIFY(plan);
    QCOMPARE(plan->request().nodeIds, std::vector<std::string>{"tst1/sim1"});
    QTest::keyClick(plan, Qt::Key_Escape);
    Q_EMIT window.frame().band().crumbActivated(2);
    QCOMPARE(window.where(), (ViewRef{view_id::kNodes, {}, QStringLiteral("site:tst1 rack:r01")}));
    Q_EMIT window.frame().band().crumbActivated(0);
    QCOMPARE(window.frame().currentView(), view_id::kOverview);
}

void TestConsole::paletteFindsNodesAndCommands() {
    const auto busbar = make();
    QVERIFY(busbar->openProfile(profile()).ok());
    Window& window = busbar->openWindow();
    QTRY_COMPARE_WITH_TIMEOUT(busbar->live()->facts().nodes, 1u, 15'000);
    const auto type = [&](const QString& text) {
        window.frame().openPalette();
        auto* input = window.frame().findChild<QLineEdit*>(QStringLiteral("paletteInput"));
        QTest::keyClicks(input, text);
        auto* list = window.frame().findChild<QListWidget*>(QStringLiteral("paletteList"));
        const QString first = list->count() > 0 ? list->item(0)->text() : QString();
        QTest::keyClick(input, Qt::Key_Return);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        return first;
    };
    QCOMPARE(type(QStringLiteral("SIM1")), QStringLiteral("tst1/sim1"));
    QCOMPARE(window.where(), (ViewRef{view_id::kNode, QStringLiteral("tst1/sim1"), {}}));
    QCOMPARE(type(QStringLiteral("heatm")), QStringLiteral("Go to heatmap"));
    QCOMPARE(window.frame().currentView(), view_id::kHeatmap);
}

void TestConsole::settingsChangeTheThemeAtOnce() {
    const auto busbar = make();
    busbar->setTheme(ThemeChoice::dark, true);
    Window& window = busbar->openWindow();
    QVERIFY(window.frame().commands().run(QStringLiteral("settings")).isEmpty());
    auto* light = window.frame().findChild<QRadioButton*>(QStringLiteral("theme-light"));
    QVERIFY(light);
    light->setChecked(true);
    QVERIFY(controls::theme() == controls::Theme::light);
    QCOMPARE(m_settings->value(QStringLiteral("theme")).toString(), QStringLiteral("light"));
    QVERIFY(window.frame().commands().run(QStringLiteral("theme")).isEmpty());
    QVERIFY(controls::theme() == controls::Theme::dark);
}

void TestConsole::badQueryKeepsTheLastOne() {
    const auto busbar = make();
    QVERIFY(busbar->openProfile(profile()).ok());
    Window& window = busbar->openWindow();
    Q_EMIT window.views().all().front()->queryRequested(QStringLiteral("health!=ok"));
    Q_EMIT window.views().all().front()->queryRequested(QStringLiteral("helth:ok"));
    QCOMPARE(window.where().query, QStringLiteral("health!=ok"));
    QVERIFY(window.query().error());
    // Going elsewhere and back does not bring the bad text into the history.
    QVERIFY(window.frame().commands().run(QStringLiteral("view.heatmap")).isEmpty());
    QCOMPARE(window.where().query, QStringLiteral("health!=ok"));
    QVERIFY(!window.query().error());
}

void TestConsole::anotherFleetReplacesTheWindows() {
    const auto busbar = make();
    QVERIFY(busbar->openProfile(profile()).ok());
    const ViewRef nodes{view_id::kNodes, {}, QStringLiteral("health:ok")};
    busbar->openWindow(&nodes);
    busbar->openWindow();
    QVERIFY(busbar->openProfile(m_site.path(QStringLiteral("config/profiles/viewer.toml"))).ok());
    QCOMPARE(busbar->windows().size(), std::size_t(2));
    QCOMPARE(busbar->windows().front()->where(), nodes);
    QTRY_COMPARE_WITH_TIMEOUT(busbar->live()->userText(), QStringLiteral("viewer \u00b7 viewer"), 15'000);
}

void TestConsole::closingAWindowLeavesTheOther() {
    const auto busbar = make();
    QVERIFY(busbar->openProfile(profile()).ok());
    Window& first = busbar->openWindow();
    busbar->openWindow();
    first.frame().close();
    QTRY_COMPARE(busbar->windows().size(), std::size_t(1));
    QVERIFY(busbar->live());
    QTRY_COMPARE_WITH_TIMEOUT(busbar->live()->facts().usableSites, 1, 15'000);
    QCOMPARE(m_settings->value(QStringLiteral("windows/open")).toList().size(), 1);
}

void TestConsole::windowsComeBack() {
    {
        const auto busbar = make();
        busbar->openWindow().frame().setGeometry(30, 40, 1180, 740);
        Window& second = busbar->openWindow();
        second.frame().setGeometry(50, 60, 1180, 720);
        busbar->quit();
    }
    const auto busbar = make();
    busbar->restoreWindows();
    QCOMPARE(busbar->windows().size(), std::size_t(2));
    QCOMPARE(busbar->windows()[0]->frame().geometry().size(), QSize(1180, 740));
    QCOMPARE(busbar->windows()[1]->frame().geometry().size(), QSize(1180, 720));
    QCOMPARE(busbar->windows()[1]->frame().geometry().topLeft(), QPoint(50, 60));
    // The one that was open the last time comes back as itself.
    busbar->windows()[0]->frame().close();
    const auto again = make();
    again->restoreWindows();
    QCOMPARE(again->windows().size(), std::size_t(1));
    QCOMPARE(again->windows()[0]->frame().geometry().size(), QSize(1180, 720));
}

void TestConsole::missingScreenBringsTheWindowHome() {
    m_settings->setValue(QStringLiteral("windows/0/window/screen"), QStringLiteral("DP-7"));
    m_settings->setValue(QStringLiteral("windows/0/window/size"), QSize(1300, 740));
    m_settings->setValue(QStringLiteral("windows/0/window/offset"), QPoint(9'000, 4'000));
    const auto busbar = make();
    busbar->restoreWindows();
    const QRect room = QGuiApplication::primaryScreen()->availableGeometry();
    QVERIFY(room.intersects(busbar->windows().front()->frame().geometry()));
    QVERIFY(room.contains(busbar->windows().front()->frame().geometry().topLeft()));
}

void TestConsole::layoutComesBackByName() {
    const auto makePair = [] {
        auto splitter = std::make_unique<QSplitter>();
        auto* inner = new QSplitter(splitter.get());
        inner->setObjectName(QStringLiteral("sides"));
        for (int i = 0; i < 2; ++i) inner->addWidget(new QWidget(inner));
        splitter->resize(600, 100);
        splitter->show();
        return splitter;
    };
    const auto sizesOf = [](const QSplitter& outer) { return outer.findChild<QSplitter*>(QStringLiteral("sides"))->sizes(); };
    const auto first = makePair();
    first->findChild<QSplitter*>(QStringLiteral("sides"))->setSizes({150, 450});
    const QList<int> wanted = sizesOf(*first);
    saveLayout(*first, *m_settings);
    const auto second = makePair();
    QVERIFY(sizesOf(*second) != wanted);
    restoreLayout(*second, *m_settings);
    QCOMPARE(sizesOf(*second), wanted);
}

void TestConsole::themeIsRemembered() {
    make()->setTheme(ThemeChoice::light, true);
    QVERIFY(make()->themeChoice() == ThemeChoice::light);
    QVERIFY(controls::theme() == controls::Theme::light);
    const auto busbar = make();
    busbar->setTheme(ThemeChoice::system, false);
    QPalette dark;
    dark.setColor(QPalette::Window, Qt::black);
    dark.setColor(QPalette::WindowText, Qt::white);
    QVERIFY(resolveTheme(ThemeChoice::system, dark) == controls::Theme::dark);
    QVERIFY(make()->themeChoice() == ThemeChoice::light);
    busbar->setTheme(ThemeChoice::dark, true);
}

void TestConsole::commandsThatCannotRunSayWhy() {
    const auto busbar = make();
    Window& window = busbar->openWindow();
    QVERIFY(window.frame().commands().run(QStringLiteral("plan.drain")).contains(QStringLiteral("no profile")));
    QVERIFY(busbar->openProfile(profile()).ok());
    QVERIFY(window.frame().commands().run(QStringLiteral("plan.drain")).contains(QStringLiteral("no node is selected")));
    // Looking for another profile is a side step: Back ends it.
    QVERIFY(window.frame().commands().run(QStringLiteral("profile.open")).isEmpty());
    QCOMPARE(window.frame().currentView(), view_id::kWelcome);
    QVERIFY(window.frame().commands().run(QStringLiteral("back")).isEmpty());
    QCOMPARE(window.frame().currentView(), window.where().view);
    QVERIFY(!window.frame().commands().run(QStringLiteral("forward")).isEmpty());
}

QTEST_MAIN(TestConsole)
#include "tst_console.moc"
