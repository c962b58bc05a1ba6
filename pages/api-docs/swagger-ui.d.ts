declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  interface Request {
    headers: Record<string, string>;
  }

  /**
   * The options that this page uses;
   * https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration
   */
  export default function SwaggerUI(options: {
    readonly domNode: HTMLElement;
    readonly spec: object;
    readonly validatorUrl: null;
    readonly syntaxHighlight: false;
    readonly showMutatedRequest: boolean;
    readonly requestInterceptor: (request: Request) => Request;
  }): unknown;
}
