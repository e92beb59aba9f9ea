// The query bar: when a text counts, what stays while it is not valid, completion by keys, history, input methods, what it says.
#include "tests/support/synthetic_fleet.h"
#include "widgets/controls/query_bar.h"
#include "widgets/controls/query_edit.h"
#include "widgets/controls/query_popup.h"

#include <QApplication>
#include <QClipboard>
#include <QInputMethodEvent>
#include <QLocale>
#include <QSignalSpy>
#include <QTest>

using namespace busbar;
using namespace busbar::controls;

class TestQueryBar : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void evaluatesAfterThePause();
    void invalidTextKeepsTheLastQuery();
    void unknownFieldOffersItsFix();
    void incompleteIsSaidSo();
    void samePlainQueryIsNotToldTwice();
    void resultTextCounts();
    void tabAcceptsAndGoesOn();
    void shiftTabExcludes();
    void enterTakesOnlyWhatWasChosen();
    void escapeClosesThenLeaves();
    void controlSpaceOpens();
    void preeditDoesNotEvaluate();
    void historyByUpAndDown();
    void pastedLinesBecomeOne();
    void pastIsRefused();
    void savedQueriesAreKnown();
    void isAccessible();
    void coloursAreNoEdits();

private:
    void type(const QString& text) { QTest::keyClicks(m_edit, text); }
    QueryPopup* popup() const { return m_window->findChild<QueryPopup*>(); }
    bool offers(const char* text) const;
    std::unique_ptr<QWidget> m_window;
    QueryBar* m_bar = nullptr;
    QueryEdit* m_edit = nullptr;
    store::FleetPtr m_fleet;
};

void TestQueryBar::initTestCase() {
    test::SyntheticFleet fleet(3, 4'096, 11);
    fleet.shard(2).setState(store::SiteState::stale, "no heartbeat for 4 s");
    m_fleet = fleet.snapshot();
}

void TestQueryBar::init() {
    m_window = std::make_unique<QWidget>();
    m_window->resize(1200, 700);
    m_bar = new QueryBar(m_window.get());
    m_bar->setGeometry(100, 9, 900, 30);
    m_edit = m_bar->findChild<QueryEdit*>();
    m_window->show();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    m_bar->setFleet(m_fleet, test::kSyntheticNowMs);
    m_bar->focusQuery();
    QTRY_VERIFY(m_edit->hasFocus());
}

void TestQueryBar::cleanup() { m_window.reset(); }

bool TestQueryBar::offers(const char* text) const {
    if (!popup() || !popup()->offers()) return false;
    return std::ranges::any_of(popup()->completion()->items, [&](const query::Suggestion& item) { return item.text == text; });
}

void TestQueryBar::evaluatesAfterThePause() {
    QSignalSpy changed(m_bar, &QueryBar::queryChanged);
    type(QStringLiteral("site:lga1"));
    QCOMPARE(changed.size(), 0);
    QTRY_COMPARE(changed.size(), 1);
    QCOMPARE(changed[0][1].toString(), QStringLiteral("site:lga1"));
    QCOMPARE(query::print(*m_bar->query()), std::string("site:lga1"));
}

void TestQueryBar::invalidTextKeepsTheLastQuery() {
    m_bar->setText(QStringLiteral("site:lga1"));
    const query::QueryPtr before = m_bar->query();
    QSignalSpy changed(m_bar, &QueryBar::queryChanged);
    m_bar->setText(QStringLiteral("site:lga1 utl>3 x"));
    QCOMPARE(changed.size(), 0);
    QCOMPARE(m_bar->query(), before);
    QVERIFY(m_bar->error().has_value());
    QCOMPARE(m_bar->resultText(), QStringLiteral("not valid \u2014 last valid result kept"));
}

void TestQueryBar::unknownFieldOffersItsFix() {
    type(QStringLiteral("utl>3 "));
    QTRY_VERIFY(popup() && popup()->isVisible() && !popup()->offers());
    QVERIFY(popup()->spoken().contains(QStringLiteral("did you mean `gpu.util`?")));
    QTest::keyClick(m_edit, Qt::Key_Return);
    QCOMPARE(m_bar->text().trimmed(), QStringLiteral("gpu.util>3"));
    QVERIFY(!m_bar->error());
    QVERIFY(!popup()->isVisible());
}

void TestQueryBar::incompleteIsSaidSo() {
    type(QStringLiteral("site:lga1 health:"));
    QTRY_COMPARE(m_bar->resultText(), QStringLiteral("incomplete \u2014 last valid result kept"));
    QVERIFY(m_bar->error()->incomplete);
}

void TestQueryBar::samePlainQueryIsNotToldTwice() {
    m_bar->setText(QStringLiteral("health:ok"));
    QSignalSpy changed(m_bar, &QueryBar::queryChanged);
    m_bar->setText(QStringLiteral("health:ok "));
    m_bar->setText(QStringLiteral("Health:OK"));
    QCOMPARE(changed.size(), 0);
    m_bar->setText(QString());
    QCOMPARE(changed.size(), 1);
}

void TestQueryBar::resultTextCounts() {
    m_bar->setText(QStringLiteral("health:ok"));
    const auto result = query::run(*m_fleet, *m_bar->query(), test::kSyntheticNowMs);
    QVERIFY(result.ok() && result->unknown > 0);
    const QString expected = QStringLiteral("%1 of %2 \u00b7 %3 unknown (missing or stale > 3 s) \u00b7 ").arg(QLocale(QLocale::English).toString(static_cast<qlonglong>(result->nodes.size())), QLocale(QLocale::English).toString(static_cast<qlonglong>(result->total))).arg(result->unknown);
    QTRY_VERIFY2(m_bar->resultText().startsWith(expected), qPrintable(m_bar->resultText() + QLatin1Char('|') + expected));
}

void TestQueryBar::tabAcceptsAndGoesOn() {
    QSignalSpy changed(m_bar, &QueryBar::queryChanged);
    type(QStringLiteral("heal"));
    QTRY_VERIFY(offers("health:"));
    QTest::keyClick(m_edit, Qt::Key_Tab);
    QCOMPARE(m_bar->text(), QStringLiteral("health:"));
    QTRY_VERIFY(offers("health:degraded"));
    type(QStringLiteral("deg"));
    QTRY_VERIFY(offers("health:degraded") && popup()->completion()->items.size() == 1);
    QTest::keyClick(m_edit, Qt::Key_Tab);
    QCOMPARE(m_bar->text(), QStringLiteral("health:degraded "));
    QVERIFY(!popup()->isVisible());
    QCOMPARE(query::print(*m_bar->query()), std::string("health:degraded"));
    QVERIFY(m_edit->hasFocus());
}

void TestQueryBar::shiftTabExcludes() {
    type(QStringLiteral("service:drained"));
    QTRY_VERIFY(offers("service:drained"));
    QTest::keyClick(m_edit, Qt::Key_Backtab);
    QCOMPARE(m_bar->text(), QStringLiteral("-service:drained "));
    QVERIFY(m_edit->hasFocus());
}

void TestQueryBar::enterTakesOnlyWhatWasChosen() {
    type(QStringLiteral("site:lga1"));
    QTRY_VERIFY(offers("site:lga1"));
    QTest::keyClick(m_edit, Qt::Key_Return);
    QCOMPARE(m_bar->text(), QStringLiteral("site:lga1"));
    QVERIFY(!popup()->isVisible());
    QCOMPARE(m_bar->history().value(0), QStringLiteral("site:lga1"));
    type(QStringLiteral(" health:"));
    QTRY_VERIFY(offers("health:watch"));
    QTest::keyClick(m_edit, Qt::Key_Down);
    QTest::keyClick(m_edit, Qt::Key_Return);
    QCOMPARE(m_bar->text(), QStringLiteral("site:lga1 health:watch "));
}

void TestQueryBar::escapeClosesThenLeaves() {
    QSignalSpy left(m_bar, &QueryBar::left);
    type(QStringLiteral("health:"));
    QTRY_VERIFY(offers("health:ok"));
    QTest::keyClick(m_edit, Qt::Key_Escape);
    QVERIFY(!popup()->isVisible());
    QCOMPARE(left.size(), 0);
    QTest::keyClick(m_edit, Qt::Key_Escape);
    QCOMPARE(left.size(), 1);
    QCOMPARE(m_bar->text(), QStringLiteral("health:"));
}

void TestQueryBar::controlSpaceOpens() {
    QVERIFY(!popup() || !popup()->isVisible());
    QTest::keyClick(m_edit, Qt::Key_Space, Qt::ControlModifier);
    QTRY_VERIFY(offers("site:"));
    QCOMPARE(m_bar->text(), QString());
}

void TestQueryBar::preeditDoesNotEvaluate() {
    QSignalSpy changed(m_bar, &QueryBar::queryChanged);
    QInputMethodEvent compose(QStringLiteral("ㄊㄞ"), {});
    QApplication::sendEvent(m_edit, &compose);
    QTest::qWait(2 * kEvaluateAfterMs);
    QCOMPARE(changed.size(), 0);
    QCOMPARE(m_bar->text(), QString());
    QInputMethodEvent commit;
    commit.setCommitString(QStringLiteral("台北"));
    QApplication::sendEvent(m_edit, &commit);
    QTRY_COMPARE(changed.size(), 1);
    QCOMPARE(changed[0][1].toString(), QStringLiteral("台北"));
}

void TestQueryBar::historyByUpAndDown() {
    m_bar->setHistory({QStringLiteral("health:failed"), QStringLiteral("site:pdx1")});
    QSignalSpy changed(m_bar, &QueryBar::queryChanged);
    QTest::keyClick(m_edit, Qt::Key_Up);
    QCOMPARE(m_bar->text(), QStringLiteral("health:failed"));
    QTest::keyClick(m_edit, Qt::Key_Up);
    QTest::keyClick(m_edit, Qt::Key_Up);
    QCOMPARE(m_bar->text(), QStringLiteral("site:pdx1"));
    QTRY_COMPARE(changed.size(), 1);
    QTest::keyClick(m_edit, Qt::Key_Down);
    QTest::keyClick(m_edit, Qt::Key_Down);
    QCOMPARE(m_bar->text(), QString());
}

void TestQueryBar::pastedLinesBecomeOne() {
    QApplication::clipboard()->setText(QStringLiteral("site:lga1\n\thealth:ok\r\n"));
    m_edit->paste();
    QCOMPARE(m_bar->text(), QStringLiteral("site:lga1 health:ok"));
    QTest::keyClick(m_edit, Qt::Key_Return);
    QCOMPARE(m_bar->text(), QStringLiteral("site:lga1 health:ok"));
}

void TestQueryBar::pastIsRefused() {
    QSignalSpy changed(m_bar, &QueryBar::queryChanged);
    m_bar->setText(QStringLiteral("health:ok at -3h"));
    QCOMPARE(changed.size(), 0);
    QVERIFY(m_bar->error() && m_bar->error()->span == (query::Span{10, 16}));
}

void TestQueryBar::savedQueriesAreKnown() {
    m_bar->setSaved({{"sick", "health:degraded,failed"}});
    type(QStringLiteral("@"));
    QTRY_VERIFY(offers("@sick"));
    QTest::keyClick(m_edit, Qt::Key_Tab);
    QCOMPARE(m_bar->text(), QStringLiteral("@sick "));
    QVERIFY(!m_bar->error());
}

void TestQueryBar::isAccessible() {
    QCOMPARE(m_edit->accessibleName(), QStringLiteral("Query"));
    m_bar->setText(QStringLiteral("helth:ok"));
    QVERIFY(m_edit->accessibleDescription().contains(QStringLiteral("did you mean `health`?")));
    m_bar->setText(QString());
    type(QStringLiteral("health:"));
    QTRY_VERIFY(offers("health:watch"));
    QTest::keyClick(m_edit, Qt::Key_Down);
    QVERIFY2(m_edit->accessibleDescription().startsWith(QStringLiteral("health:watch, ")), qPrintable(m_edit->accessibleDescription()));
}

void TestQueryBar::coloursAreNoEdits() {
    type(QStringLiteral("site:lga1 utl"));
    m_edit->undo();
    QVERIFY(m_bar->text() != QStringLiteral("site:lga1 utl"));
    QVERIFY(!m_edit->document()->isUndoAvailable() || m_bar->text().isEmpty() || !m_bar->text().contains(QStringLiteral("utl")));
}

QTEST_MAIN(TestQueryBar)
#include "tst_query_bar.moc"
