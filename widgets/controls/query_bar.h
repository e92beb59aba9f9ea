// The query bar: one line in which the query language is typed, coloured, completed and explained, with what it finds at its right end.
//
// A text counts 150 ms after the last key (never while an input method composes). A text that is not valid changes nothing: the last
// valid query stays, and the bar says so. Completion and counting run on a thread of their own. GUI thread only.
#pragma once

#include "widgets/controls/query_worker.h"

#include <QStringList>
#include <QTimer>
#include <QWidget>

#include <optional>

class QKeyEvent;
class QLabel;

namespace busbar::controls {

class QueryEdit;
class QueryPopup;

/// From the last key to the evaluation (console.md §3).
inline constexpr int kEvaluateAfterMs = 150;
/// A count that takes longer says that it is busy (console.md §3).
inline constexpr int kBusyAfterMs = 100;
inline constexpr qsizetype kMaxHistory = 50;

class QueryBar : public QWidget {
    Q_OBJECT
public:
    explicit QueryBar(QWidget* parent = nullptr);
    ~QueryBar() override;

    /// The newest fleet, for counts and completion; never nullptr. Counts again what is shown.
    void setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs);
    void setSaved(const query::SavedQueries& saved);
    /// Texts that were used, newest first.
    void setHistory(const QStringList& history);
    const QStringList& history() const { return m_history; }

    QString text() const;
    /// Evaluates at once.
    void setText(const QString& text);
    /// The last valid query; never nullptr.
    const query::QueryPtr& query() const { return m_query; }
    /// What is wrong with the text as it stands; nullopt while it is valid.
    const std::optional<query::Error>& error() const { return m_error; }
    /// "1,284 of 5,600 · 9 unknown (missing or stale > 3 s) · 3 ms", "incomplete — last valid result kept" …
    QString resultText() const;
    QSize sizeHint() const override;

public Q_SLOTS:
    /// Focus into the text, all of it selected (the key "/").
    void focusQuery();

Q_SIGNALS:
    /// A valid text that is another query than before.
    void queryChanged(const busbar::query::QueryPtr& query, const QString& text);
    /// Escape with nothing to close: back to the view.
    void left();
    void historyChanged(const QStringList& history);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    void onEdited();
    void onKey(QKeyEvent* event);
    void onFocus(bool in);
    void onCounted(const QueryCountPtr& count);
    void onCompleted(std::uint64_t request, const CompletionPtr& completion);
    bool onPopupKey(QKeyEvent* event);
    void onEnter();

    void evaluate();
    /// Parses and colours; what is wrong goes to m_error.
    query::Parsed read();
    void requestCompletion();
    void accept(bool exclude);
    void acceptFix();
    void placePopup(int position);
    void closePopup();
    void showError();
    void showResult();
    void say(const QString& text, const QString& toolTip = {});
    void walkHistory(int step);
    void remember();
    void applyTones();

    QueryEdit* m_edit;
    QLabel* m_result;
    QueryPopup* m_popup = nullptr; ///< child of the window, made when first needed
    QueryWorker* m_worker;
    QTimer m_evaluate, m_busy;

    store::FleetPtr m_fleet;
    std::int64_t m_nowWallMs = 0;
    query::SavedQueries m_saved;
    QStringList m_history;
    int m_historyPlace = -1; ///< -1: what is typed, kept in m_typed
    QString m_typed;
    bool m_walking = false;

    query::QueryPtr m_query;
    std::string m_canonical;
    std::optional<query::Error> m_error;
    QueryCountPtr m_count;
    std::uint64_t m_completionWanted = 0; ///< 0: none
    bool m_asked = false;                 ///< completion was asked for by Ctrl+Space
};

} // namespace busbar::controls
