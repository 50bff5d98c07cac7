/** Price against the newest published accounts. Asked for one day after another, it looks a report up once. */
import { type Accounts, accountsOf, knownQuarter, publishedOn, quarterOf } from './accounts.ts';
import { ratio } from './cells.ts';
import type { Listing } from './listing.ts';
import { yuan } from './rules.ts';

export type Valuation = readonly [peTtm: string, pbMrq: string, psTtm: string, pcfNcfTtm: string];

const none: Valuation = ['', '', '', ''];
const ofIndex: Valuation = ['0.000000', '0.000000', '0.000000', '0.000000'];
/** On this day the provider has no ratios for any security. */
const withoutRatios = '2023-12-11';

export function makeValuation(listing: Listing): (date: string, price: number, shares: number) => Valuation {
  let from = '';
  let to = '';
  let accounts: Accounts | null = null;
  return (date, price, shares) => {
    if (listing.kind === 'index') return ofIndex;
    if (listing.kind === 'fund' || date === withoutRatios) return none;
    if (!accounts || date < from || date >= to) {
      const quarter = knownQuarter(listing, date);
      const year = Math.floor(quarter / 4);
      const next = [quarter + 1, quarterOf(year + 1, 1)].map(later => publishedOn(listing, later));
      from = publishedOn(listing, quarter);
      to = (next.filter(day => day > date).sort()[0] as string | undefined) ?? date;
      accounts = accountsOf(listing, quarter);
    }
    const cap = (price / yuan) * shares;
    return [
      ratio(cap / accounts.profitTtm),
      ratio(cap / accounts.equity),
      ratio(cap / accounts.revenueTtm),
      ratio(cap / accounts.cashFlowTtm),
    ];
  };
}
