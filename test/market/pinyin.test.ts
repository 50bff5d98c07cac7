import { expect, it } from 'vitest';
import { loadInitials } from '../../src/market/pinyin.ts';

it.each([
  ['贵州茅台', 'gzmt'],
  ['平安银行', 'payh'],
  ['宁德时代', 'ndsd'],
  ['五 粮 液', 'wly'],
  ['*ST景峰', 'stjf'],
  ['万 科Ａ', 'wka'],
  ['TCL科技', 'tclkj'],
  ['沪深300', 'hs300'],
  ['重庆啤酒', 'cqpj'],
  ['中国重汽', 'zgzq'],
  ['长江电力', 'cjdl'],
  ['长春高新', 'ccgx'],
  ['行动教育', 'xdjy'],
  ['乐普医疗', 'lpyl'],
  ['厦门钨业', 'xmwy'],
  ['东阿阿胶', 'deaj'],
  ['藏格矿业', 'zgky'],
  ['西藏药业', 'xzyy'],
  ['会稽山', 'kjs'],
  ['', ''],
  ['\u001b[31m', '31m'],
])('the initials of %s are %s', async (name, initials) => {
  expect((await loadInitials())(name)).toBe(initials);
});
