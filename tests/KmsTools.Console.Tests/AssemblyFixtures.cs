using KmsTools.WebConsole;

[assembly: AssemblyFixture(typeof(Browser))]
