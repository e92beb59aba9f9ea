// The actions of all sites, newest first, each with its progress. GUI thread only.
#pragma once

#include "widgets/views/action/action_words.h"

#include <QAbstractListModel>
#include <QListView>

namespace busbar::views {

class ActionListModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { kActionRole = Qt::UserRole + 1 };
    using QAbstractListModel::QAbstractListModel;
    /// Sorted here: open ones first, then newest.
    void setActions(std::vector<ActionPtr> actions);
    ActionPtr at(int row) const;
    int rowOf(const std::string& id) const;
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    std::vector<ActionPtr> m_actions;
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
