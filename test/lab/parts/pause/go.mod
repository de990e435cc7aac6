module fairlead.dev/lab/pause

go 1.26
