-- ---
-- title: 收盘之后 · a small list in the evening
-- params:
--   code: sh.600519
-- ---

-- %% [markdown]
-- What moved today, and how **$code** came here. Prices are *forward adjusted*; 涨跌幅 in percent.

-- %% 涨幅榜 name="ups"
select i.code, i.name, d.close, d.pct_chg, d.turn, yi(d.amount) as amount_yi, d.pe_ttm
from daily d join instruments i using (code)
where d.date = session(0) and i.kind = 'stock' order by d.pct_chg desc limit 8;

-- %% 六十日
select code, list(close order by date)::double[] as closes, min(low) as low, max(high) as high
from daily_qfq where date > session(60) group by code order by code limit 5;

-- %% candles [duckline]
-- chart $code

-- %% side by side [duckline]
-- chart "select date, code, close / first(close) over (partition by code order by date) - 1 as since from daily_qfq where code in ('sh.600519', 'sz.300750', 'sh.601398') and date > session(120)" --by code

-- %% today [duckline]
-- chart "select i.name, d.pct_chg from daily d join instruments i using (code) where d.date = session(0) and i.kind = 'stock' order by 2 desc limit 12"
