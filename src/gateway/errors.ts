/** The provider's error codes that a gateway sends, with their texts: as recorded or reported where known, else in its manner. */
export const errorTexts = {
  '10001001': '用户未登录',
  '10001002': '用户名或密码错误',
  '10001005': '登录用户数已达上限',
  '10001011': '黑名单用户，请与管理员联系',
  '10001012': 'API Key格式不正确',
  '10004004': '参数超出范围',
  '10004006': '请求参数个数不正确',
  '10004007': '开始日期格式不正确',
  '10004008': '截止日期格式不正确',
  '10004009': '开始日期大于截止日期',
  '10004010': '日期格式不正确',
  '10004011': '股票代码不正确',
  '10004012': '指标参数传入错误',
  '10004018': '指标参数重复',
  '10004019': '错误的消息格式',
  '10004020': '错误的消息类型',
  '10005001': '系统错误',
} as const;

export type ErrorCode = keyof typeof errorTexts;

/** A request that gets an error frame. Its text may say more than the code's own. */
export interface Refused {
  readonly refused: ErrorCode;
  readonly text: string;
}

export function refuse(code: ErrorCode, text: string = errorTexts[code]): Refused {
  return { refused: code, text };
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'refused' in value;
}
