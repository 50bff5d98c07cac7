/** Names of invented companies, in the manner of the real ones: a word of two characters and what the company does. */
import { hash, pick } from '../chance.ts';

const first = '华中天金东新海国江宏嘉恒瑞德博康泰盛瀚晶凯兴远长安宁浙川皖湘苏鲁云龙凤鹏锦维科立永';
const second = '信达源通力丰润安航联创邦诺锐阳林峰岳川辉晟泽霖铭宇骏腾越晨耀图芯微景睿恺威合众利昌';

/** What a company does, and its class in the industry list of the China Securities Regulatory Commission. */
const trades: readonly (readonly [suffix: string, industry: string])[] = [
  ['股份', 'C26化学原料和化学制品制造业'],
  ['股份', 'C36汽车制造业'],
  ['股份', 'F52零售业'],
  ['股份', 'E48土木工程建筑业'],
  ['科技', 'I65软件和信息技术服务业'],
  ['科技', 'C39计算机、通信和其他电子设备制造业'],
  ['电子', 'C39计算机、通信和其他电子设备制造业'],
  ['微电', 'C39计算机、通信和其他电子设备制造业'],
  ['光电', 'C39计算机、通信和其他电子设备制造业'],
  ['生物', 'C27医药制造业'],
  ['医药', 'C27医药制造业'],
  ['药业', 'C27医药制造业'],
  ['医疗', 'C35专用设备制造业'],
  ['新材', 'C29橡胶和塑料制品业'],
  ['材料', 'C30非金属矿物制品业'],
  ['能源', 'D44电力、热力生产和供应业'],
  ['电气', 'C38电气机械和器材制造业'],
  ['智能', 'C34通用设备制造业'],
  ['精密', 'C33金属制品业'],
  ['重工', 'C35专用设备制造业'],
  ['环保', 'N77生态保护和环境治理业'],
  ['软件', 'I65软件和信息技术服务业'],
  ['食品', 'C14食品制造业'],
  ['物流', 'G59装卸搬运和运输代理业'],
  ['矿业', 'B09有色金属矿采选业'],
  ['化工', 'C26化学原料和化学制品制造业'],
  ['传媒', 'R86新闻和出版业'],
  ['置业', 'K70房地产业'],
  ['集团', 'L72商务服务业'],
  ['农业', 'A01农业'],
];

export interface Named {
  readonly name: string;
  /** The two characters that stay when the name is cut, as in `ST华信`. */
  readonly core: string;
  readonly industry: string;
}

/** A name that is not taken yet; takes it. */
export function inventName(key: number, taken: Set<string>): Named {
  for (let attempt = 0; ; attempt++) {
    const salt = hash(key, 900 + attempt);
    const core = pick(salt, 1, [...first]) + pick(salt, 2, [...second]);
    const [suffix, industry] = pick(salt, 3, trades);
    const name = core + suffix;
    const stutters = core[0] === core[1] || core[1] === suffix[0];
    if (stutters || taken.has(name)) continue;
    taken.add(name);
    return { name, core, industry };
  }
}
