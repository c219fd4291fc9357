const core = require("@actions/core");
core.info(`cleaning up after ${core.getState("arn") || "nobody"}`);
