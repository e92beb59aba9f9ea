// The actions of all sites, newest first, each with its progress. GUI thread only.
#pragma once

#include "widgets/views/action/action_words.h"

#include <QAbstractListModel>
#include <QListView>
#include <QStringList>

namespace busbar::views {

class ActionListModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { kActionRole = Qt::UserRole + 1, kSilentRole }; ///< kSilentRole: open, and its site is silent
    using QAbstractListModel::QAbstractListModel;
    /// Sorted here: open ones first, then newest.
    void setActions(std::vector<ActionPtr> actions);
    /// Sites without a word: their open actions are hatched and were, not are, as they stand.
    void setSilent(const QStringList& sites);
    ActionPtr at(int row) const;
    int rowOf(const std::string& id) const;
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    bool isSilent(const Action& action) const;

    std::vector<ActionPtr> m_actions;
    QStringList m_silent;
};

class ActionList : public QListView {
    Q_OBJECT
public:
    explicit ActionList(ActionListModel* model, QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
};

} // namespace busbar::views
Q_DECLARE_METATYPE(busbar::views::ActionPtr)
