// Shares of failure domains taken out: name, bar, "34 of 37", percent. Painter-drawn, one row of 21 px a share. GUI thread only.
#pragma once

#include "domain/action.h"

#include <QWidget>

#include <vector>

namespace busbar::views {

class ShareBars : public QWidget {
    Q_OBJECT
public:
    explicit ShareBars(QWidget* parent = nullptr);
    /// Shows the `limit` largest shares and says how many more there are.
    void setShares(std::vector<Share> shares, std::size_t limit = 6);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::vector<Share> m_shares;
    std::size_t m_hidden = 0;
};

} // namespace busbar::views
