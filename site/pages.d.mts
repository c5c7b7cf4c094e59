export declare const PAGES: Readonly<Record<string, readonly string[]>>
export declare const TITLES: Readonly<Record<string, string>>
