/**
 * Decimals of the currencies of ISO 4217 (list one, 2026), with those withdrawn since 2022, because orders of the past are
 * imported. Written out rather than asked of `Intl`: CLDR rounds some to what shops use (IQD, LBP), which is not the
 * minor unit. Metals and test codes have no minor unit and are not here.
 */
const decimalsByCurrency: ReadonlyMap<string, number> = new Map([
  ...withDecimals(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...withDecimals(
    2,
    `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
     CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF
     IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV
     MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD
     SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL`,
  ),
  ...withDecimals(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...withDecimals(4, 'CLF UYW'),
]);

declare const currency: unique symbol;

/** A code of ISO 4217 that `isCurrency` has seen. */
export type Currency = string & { readonly [currency]: true };

/** Whether ISO 4217 has this code; upper case, as the standard writes it. */
export function isCurrency(code: string): code is Currency {
  return decimalsByCurrency.has(code);
}

/** How many decimals the currency has, 0 to 4. */
export function decimalsOf(code: Currency): number {
  return decimalsByCurrency.get(code) ?? 2;
}

function withDecimals(decimals: number, codes: string): [string, number][] {
  return codes.split(/\s+/).map((code) => [code, decimals]);
}
