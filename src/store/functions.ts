/**
 * The field's questions as functions of the file. A macro's text takes up the names around its call, so every name inside
 * is one that no table of people has (`in_…_`), and columns of ours are renamed before an argument stands beside them. The
 * window functions alone mean the caller's own `code` and `date`: they go along the sessions of one code.
 */
import { daily } from './tables.ts';

export interface Macro {
  readonly name: string;
  readonly sql: string;
}

const days = '(select date as in_day_, seq as in_seq_ from main.calendar where is_open) in_calendar_';

/** The newest day with daily bars: the engine knows it without reading them, as long as none were deleted. */
const newestDay = '(select max(in_bar_.date) from main.daily in_bar_)';

/** The n-th newest session that has daily bars (0 is the newest), or the session n after a day (before it where n < 0). */
const session: Macro = {
  name: 'session',
  sql: `session(n_) as (
      select in_day_ from ${days}
      where in_seq_ = (select max(in_seq_) from ${days} where in_day_ <= ${newestDay}) - n_),
    (day_, n_) as (
      select max(in_day_) from ${days}
      where in_seq_ = (select max(in_seq_) from ${days} where in_day_ <= cast(day_ as date)) + n_)`,
};

const narrow = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.*-_:';
const wide = [...narrow].map(character => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0)).join('');

/** Text in lower case, full-width forms as their narrow twins, without blanks: how names and codes are compared. */
const folded = (text: string): string =>
  `replace(lower(trim(translate(${text}, '${wide}。　', '${narrow}. '))), ' ', '')`;

/** Order of the hits of six digits or a name: a stock before anything else. */
const listed = `(
  select code as in_code_, right(code, 6) as in_digits_, ${folded('name')} as in_name_,
    case kind when 'stock' then 0 when 'etf' then 1 else 2 end as in_rank_
  from main.instruments) in_listed_`;

/** The exchange of six digits by the exchanges' numbering; an index needs its exchange. */
const byPrefix = `case
  when regexp_matches(in_text_, '^(60[0135]|68[89]|900|5|11[0138])') then 'sh.' || in_text_
  when regexp_matches(in_text_, '^(00[0-3]|30[0-2]|200|159|1[68]|12[378])') then 'sz.' || in_text_
  when regexp_matches(in_text_, '^920') then 'bj.' || in_text_ end`;

/** A code in any form, or the name of one security, as `sh.600519`; NULL for what is none. */
const code: Macro = {
  name: 'code',
  sql: `code(x_) as (
      select case
        when regexp_full_match(in_text_, '(sh|sz|bj)[.:_-]?[0-9]{6}') then left(in_text_, 2) || '.' || right(in_text_, 6)
        when regexp_full_match(in_text_, '[0-9]{6}[.]?(sh|ss|xshg)') then 'sh.' || left(in_text_, 6)
        when regexp_full_match(in_text_, '[0-9]{6}[.]?(sz|xshe)') then 'sz.' || left(in_text_, 6)
        when regexp_full_match(in_text_, '[0-9]{6}[.]?(bj|bjse)') then 'bj.' || left(in_text_, 6)
        when regexp_full_match(in_text_, '1[.][0-9]{6}') then 'sh.' || right(in_text_, 6)
        when regexp_full_match(in_text_, '0[.]920[0-9]{3}') then 'bj.' || right(in_text_, 6)
        when regexp_full_match(in_text_, '0[.][0-9]{6}') then 'sz.' || right(in_text_, 6)
        when regexp_full_match(in_text_, '[0-9]{6}') then coalesce(
          (select arg_min(in_code_, in_rank_) from ${listed} where in_digits_ = in_text_ and in_rank_ < 2), ${byPrefix})
        else (select case when count(*) = 1 then min(in_code_) end from ${listed} where in_name_ = in_text_) end
      from (select ${folded('cast(x_ as varchar)')} as in_text_) in_typed_)`,
};

const scaled = new Set(['open', 'high', 'low', 'close', 'pre_close']);

/**
 * Daily bars of codes in any form, separated by blanks or commas. `anchor` is the day whose prices stay as traded, for
 * qfq as it was seen then; the newest where it is left out.
 */
const bars: Macro = {
  name: 'bars',
  sql: `bars(codes_, adjust := 'qfq', since := null, until := null, anchor := null) as table
    select ${daily.columns
      .map(({ name }) => (scaled.has(name) ? `in_bar_.${name} * in_scale_ as ${name}` : `in_bar_.${name}`))
      .join(', ')}
    from (
      select in_daily_.*, case lower(adjust)
          when 'none' then 1.0
          when 'hfq' then in_span_.hfq_factor
          when 'qfq' then in_span_.hfq_factor / in_anchor_.hfq_factor
          else error('adjust is qfq, hfq or none') end as in_scale_
      from main.daily in_daily_
      join (
        select distinct coalesce(main.code(in_word_), error('no one security is called ' || in_word_)) as in_wanted_
        from (select unnest(string_split_regex(trim(cast(codes_ as varchar)), '[\\s,，]+')) as in_word_)) in_picked_
        on in_picked_.in_wanted_ = in_daily_.code
      left join meta.factor_spans in_span_
        on in_span_.code = in_daily_.code and in_daily_.date between in_span_.from_date and in_span_.to_date
      left join meta.factor_spans in_anchor_
        on in_anchor_.code = in_daily_.code
        and coalesce(cast(anchor as date), date '9999-12-31') between in_anchor_.from_date and in_anchor_.to_date
      where in_daily_.date >= coalesce(cast(since as date), date '1900-01-01')
        and in_daily_.date <= coalesce(cast(until as date), date '9999-12-31')) in_bar_
    order by in_bar_.code, in_bar_.date`,
};

const along = 'partition by code order by date';
const frame = `over (${along} rows between n_ - 1 preceding and current row)`;

/**
 * The value n sessions before. The sum beside the parameter keeps the engine from looking for the caller's columns when the
 * macro is made.
 */
const before = `lag(x_, n_ + 0) over (${along})`;

/** NULL until the window is full, and where a value in it is. */
function windowed(name: string, aggregate: string): Macro {
  return { name, sql: `${name}(x_, n_) as case when count(x_) ${frame} = n_ then ${aggregate}(x_) ${frame} end` };
}

/**
 * Members of an index (hs300, sz50, zz500) on a day, by the stored lists; the newest list without a day, and for a day after
 * it. Where no list is stored, or none as old as the day, they are not known, which is an error and not an empty table.
 */
const members: Macro = {
  name: 'members',
  sql: `members(index_, on_ := null) as table
    select in_member_.code, in_member_.name
    from main.index_members in_member_
    join (
      select case
          when max(in_any_.valid_to) is null then error('no list of ' || index_ || ' is stored: fetch --dataset index-members --index ' || lower(index_))
          when cast(on_ as date) < min(in_any_.valid_from) then error('the first list of ' || index_ || ' that is stored is of '
            || min(in_any_.valid_from) || ': fetch --dataset index-members --index ' || lower(index_) || ' --date ' || cast(on_ as date))
          else max(in_any_.valid_to) end as in_newest_
      from main.index_members in_any_ where in_any_.index_name = lower(index_)) in_lists_ on true
    where in_member_.index_name = lower(index_)
      and least(coalesce(cast(on_ as date), date '9999-12-31'), in_lists_.in_newest_)
        between in_member_.valid_from and in_member_.valid_to
    order by in_member_.code`,
};

/** Codes of a list that was saved by `universe save`, in its order, with their names. */
const universe: Macro = {
  name: 'universe',
  sql: `universe(name_) as table
    select in_list_.code, in_known_.name
    from meta.universe_codes in_list_
    join (
      select case when count(*) = 0 then error('no list is called ' || name_ || ': universe save ' || ltrim(lower(name_), '@') || ' CODES')
          else true end as in_saved_
      from meta.universes in_any_ where in_any_.name = ltrim(lower(name_), '@')) in_lists_ on in_lists_.in_saved_
    left join main.instruments in_known_ on in_known_.code = in_list_.code
    where in_list_.name = ltrim(lower(name_), '@') order by in_list_.place`,
};

export const functions: readonly Macro[] = [
  /** An amount in 亿 (hundred millions). */
  { name: 'yi', sql: 'yi(x_) as round(x_ / 1e8, 2)' },
  session,
  code,
  bars,
  members,
  universe,
  /** Moving average, highest and lowest of the last n sessions of a code. */
  windowed('ma', 'avg'),
  windowed('hhv', 'max'),
  windowed('llv', 'min'),
  /** The value n sessions of the code before, and the return since then. */
  { name: 'ref', sql: `ref(x_, n_) as ${before}` },
  { name: 'ret', sql: `ret(x_, n_) as x_ / nullif(${before}, 0) - 1` },
];
