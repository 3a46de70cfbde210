// First, and in a method that refers to no shared assembly.
ModuleFolder.Use("KmsTools.Pkcs11", "KmsTools.Yaml");
return await KmsTools.XksProxy.ProxyProgram.RunAsync(args).ConfigureAwait(false);
