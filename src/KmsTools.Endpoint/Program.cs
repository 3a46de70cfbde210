using KmsTools.Endpoint;

// First, and in a method that refers to no shared assembly.
ModuleFolder.Use("KmsTools.Storage", "KmsTools.Pkcs11", "KmsTools.BouncyCastle", "KmsTools.Xks");
return await EndpointProgram.RunAsync(args).ConfigureAwait(false);
