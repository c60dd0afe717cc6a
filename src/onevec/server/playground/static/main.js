// The page: what is asked, what came, and how it is shown.
