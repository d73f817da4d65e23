"""Chat robots of groups: DingTalk, WeCom, Feishu. Errors stand inside HTTP 200; over the limit a digest goes out."""
